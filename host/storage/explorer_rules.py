"""What a statement of a person may use: functions and PRAGMAs by name. What is not here is refused."""

from __future__ import annotations


def _read_names(text: str) -> frozenset[str]:
    """The words of a text, without lines that begin with #."""
    lines = [line for line in text.splitlines() if not line.strip().startswith("#")]
    return frozenset(" ".join(lines).split())


FUNCTIONS = _read_names(
    """
    # Core and mathematics.
    -> ->> abs acos acosh asin asinh atan atan2 atanh avg ceil ceiling changes char coalesce concat
    concat_ws cos cosh count degrees exp floor format glob group_concat hex if ifnull iif instr
    last_insert_rowid length like likelihood likely ln log log10 log2 lower ltrim max median min mod nullif
    octet_length percentile percentile_cont percentile_disc pi pow power printf quote radians random
    randomblob replace round rtrim sign sin sinh sqrt string_agg substr substring subtype sum tan tanh
    total total_changes trim trunc typeof unhex unicode unistr unistr_quote unlikely upper zeroblob
    sqlite_compileoption_get sqlite_compileoption_used sqlite_source_id sqlite_version
    # Dates.
    current_date current_time current_timestamp date datetime julianday strftime time timediff unixepoch
    # Windows.
    cume_dist dense_rank first_value lag last_value lead nth_value ntile percent_rank rank row_number
    # JSON.
    json json_array json_array_insert json_array_length json_error_position json_extract json_group_array
    json_group_object json_insert json_object json_patch json_pretty json_quote json_remove json_replace
    json_set json_type json_valid jsonb jsonb_array jsonb_array_insert jsonb_extract jsonb_group_array
    jsonb_group_object jsonb_insert jsonb_object jsonb_patch jsonb_remove jsonb_replace jsonb_set
    # Full text.
    bm25 fts5_get_locale fts5_insttoken fts5_locale fts5_source_id highlight match snippet
    # Vectors.
    vec_add vec_bit vec_debug vec_distance_cosine vec_distance_hamming vec_distance_l1 vec_distance_l2
    vec_f32 vec_int8 vec_length vec_normalize vec_quantize_binary vec_quantize_int8 vec_slice vec_sub
    vec_to_json vec_type vec_version
    # Ours.
    datetime_ms embed separate_unspaced
    """
)

# Read a value, or a list, and take no argument.
PRAGMAS = _read_names(
    """
    application_id auto_vacuum automatic_index busy_timeout cache_size cache_spill cell_size_check
    collation_list compile_options data_version database_list encoding foreign_key_check foreign_keys
    freelist_count fullfsync function_list hard_heap_limit integrity_check journal_mode journal_size_limit
    locking_mode max_page_count mmap_size module_list page_count page_size pragma_list query_only
    quick_check recursive_triggers schema_version secure_delete soft_heap_limit synchronous table_list
    temp_store threads trusted_schema user_version wal_autocheckpoint
    """
)

# Their argument says what to look at; it changes nothing.
PRAGMAS_ABOUT = _read_names(
    """
    foreign_key_check foreign_key_list index_info index_list index_xinfo integrity_check quick_check
    table_info table_list table_xinfo
    """
)

# Tables that their keeper changes: rows of them follow the rows of others.
KEPT_BY_TRIGGERS = frozenset({"pages_fts", "pages_terms"})
