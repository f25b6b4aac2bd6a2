"""The method table: what may be asked, with what, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass

from host.protocol import chat_messages as c
from host.protocol import finetune_messages as f
from host.protocol import messages as m
from host.protocol import model_messages as mm
from host.protocol import sql_messages as q
from host.protocol import store_messages as s
from host.protocol import tab_messages as t
from host.protocol import upkeep_messages as u


@dataclass(frozen=True)
class Method:
    """One method of the wire.

    Attributes:
        params: the model that its parameters must fit.
        result: the model of its answer.
        summary: one sentence for the reference.
        needs_hello: refused before `hello`.
        long: takes seconds or more, so that it has a thread of its own; a daemon that ends takes it back.
        outlives_caller: goes on when its caller is gone.
        writes: waits behind whoever changes the database, or its backups, for long; those that read do not
            wait behind it.
    """

    params: type[m.Params]
    result: type[m.Result]
    summary: str
    needs_hello: bool = True
    long: bool = False
    outlives_caller: bool = False
    writes: bool = False


METHODS: dict[str, Method] = {
    "hello": Method(
        m.HelloParams, m.HelloResult, "Say who calls and choose the profile's database.", needs_hello=False
    ),
    "pages.capture": Method(
        m.CaptureParams, m.CaptureResult, "Remember a page; answers when it is durable.", writes=True
    ),
    "pages.visit": Method(
        m.VisitParams, m.VisitResult, "Remember a visit without the page's text.", writes=True
    ),
    "pages.import": Method(
        m.ImportParams, m.ImportResult, "Add pages from the browser's own history.", writes=True
    ),
    "pages.get": Method(m.PageParams, m.PageResult, "All that is stored about one page, with its passages."),
    "pages.delete": Method(m.DeleteParams, m.DeleteResult, "Forget pages, unrecoverably.", writes=True),
    "pages.count": Method(
        m.DeleteParams, m.CountResult, "How many pages `pages.delete` would delete or take visits from."
    ),
    "pages.stored": Method(
        s.StoredParams,
        s.StoredResult,
        "Everything that is stored about an address, and whether it would be captured now.",
    ),
    "search.query": Method(m.SearchParams, m.SearchResult, "Find pages by words and by meaning."),
    "chat.ask": Method(
        c.AskParams,
        c.AskResult,
        "Answer a question from the pages; taken back, it answers with what there is so far.",
        long=True,
    ),
    "chat.list": Method(c.ChatListParams, c.ChatListResult, "Conversations, the latest first."),
    "chat.get": Method(c.ConversationParams, c.ConversationResult, "A conversation with its messages."),
    "chat.rename": Method(
        c.RenameParams, c.ConversationItem, "Give a conversation another title.", writes=True
    ),
    "chat.delete": Method(
        c.ChatDeleteParams, c.ChatDeleteResult, "Delete a conversation, or all.", writes=True
    ),
    "chat.export": Method(c.ExportParams, c.ExportResult, "A conversation as a Markdown document."),
    "summaries.create": Method(
        c.SummaryParams,
        c.SummaryResult,
        "A short summary of a page, made now if there is none; streams {stage}.",
        long=True,
    ),
    "tabs.categorize": Method(t.CategorizeParams, t.CategorizeResult, "Where tabs belong.", long=True),
    "tabs.group": Method(
        t.GroupParams, t.GroupResult, "Groups that tabs make, by category or by topic.", long=True
    ),
    "tabs.correct": Method(t.CorrectParams, t.CorrectResult, "Learn where a tab belongs.", writes=True),
    "tabs.corrections": Method(t.CorrectionsParams, t.CorrectionsResult, "What was learned from a person."),
    "tabs.forget": Method(
        t.ForgetCorrectionsParams, t.ForgetCorrectionsResult, "Let corrections count no more.", writes=True
    ),
    "categories.list": Method(m.Empty, t.CategoriesResult, "All categories, in their order."),
    "categories.set": Method(
        t.SetCategoriesParams,
        t.CategoriesResult,
        "Change, add and remove categories; all or none.",
        writes=True,
    ),
    "settings.get": Method(m.Empty, u.SettingsResult, "Every setting with its value and description."),
    "settings.update": Method(
        u.SettingsParams, u.SettingsResult, "Change settings; all of them or none.", writes=True
    ),
    "sql.run": Method(
        q.SqlRunParams,
        q.SqlRunResult,
        "Run one statement of a person's own, apart from everything else; the caller's next one ends it.",
        long=True,
    ),
    "sql.describe": Method(
        q.SqlParams,
        q.SqlDescribeResult,
        "What a statement asks for, brings and does, without running it.",
        long=True,
    ),
    "sql.export": Method(
        q.SqlExportParams,
        q.SqlExportResult,
        "Write every row of a statement's result into a file on this computer; streams {rows, bytes}.",
        long=True,
    ),
    "sql.saved": Method(m.Empty, q.SavedQueriesResult, "Statements that were kept, by name."),
    "sql.save": Method(
        q.SaveQueryParams,
        q.SavedQueriesResult,
        "Keep a statement under a name; one of that name is replaced.",
        writes=True,
    ),
    "sql.forget": Method(
        q.ForgetQueryParams, q.SavedQueriesResult, "Forget a statement that was kept.", writes=True
    ),
    "sql.schema": Method(
        m.Empty, q.SqlSchemaResult, "Tables with columns and counts; functions worth knowing of.", long=True
    ),
    "store.stats": Method(m.Empty, u.StatsResult, "Counts and sizes of the database."),
    "store.health": Method(
        m.Empty, s.HealthResult, "Each index against what it should hold, free space, growth; quick."
    ),
    "store.sizes": Method(m.Empty, s.SizesResult, "Bytes by table; streams {share}.", long=True),
    "sql.log": Method(q.SqlLogParams, q.SqlLogResult, "The statements that the product itself ran lately."),
    "store.rebuild": Method(
        u.RebuildParams,
        u.RebuildResult,
        "Make derived data anew from the pages: full text, vectors; streams {stage}.",
        long=True,
    ),
    "store.clear": Method(
        s.ClearParams, s.ClearResult, "Drop everything that is remembered, and begin anew.", long=True
    ),
    "store.export": Method(
        s.ExportParams,
        s.StoreExportResult,
        "Write everything to one new file: a database or lines of JSON; streams {share, bytes}.",
        long=True,
    ),
    "store.upload": Method(
        s.UploadParams, s.UploadResult, "Hand over a piece of a file that is to be imported."
    ),
    "store.import": Method(
        s.StoreImportParams,
        s.StoreImportResult,
        "Take a database or lines of JSON in: beside what is there, or in its place; streams {stage, share}.",
        long=True,
    ),
    "store.backup": Method(
        s.BackupParams, s.BackupResult, "Copy the database; streams {share, bytes}.", long=True
    ),
    "store.backups": Method(m.Empty, s.BackupsResult, "The profile's backups, the latest first."),
    "store.restore": Method(
        s.RestoreParams,
        s.StoreImportResult,
        "Put a backup in the place of what is there; streams {stage, share}.",
        long=True,
    ),
    "store.drop_backup": Method(s.DropBackupParams, s.BackupsResult, "Delete a backup.", writes=True),
    "store.check": Method(
        s.StoreCheckParams,
        s.StoreCheckResult,
        "Look for damage and mend what can be made anew; streams {stage, share}.",
        long=True,
    ),
    "store.vacuum": Method(
        m.Empty,
        s.VacuumResult,
        "Write the database anew without free space; streams {share, bytes}.",
        long=True,
    ),
    "store.delete_all": Method(
        s.DeleteAllParams,
        s.DeleteAllResult,
        "Delete everything that is kept here, of every profile, and say what that was; the daemon ends.",
        needs_hello=False,
        long=True,
        outlives_caller=True,
    ),
    "jobs.list": Method(m.Empty, u.JobsResult, "The queue of what is still to be done."),
    "jobs.pause": Method(m.Empty, u.JobsResult, "Stop background work until it is resumed."),
    "jobs.resume": Method(m.Empty, u.JobsResult, "Go on with background work."),
    "jobs.retry": Method(m.Empty, u.RetryResult, "Queue failed jobs again.", writes=True),
    "models.list": Method(
        m.Empty, mm.ModelsResult, "Every model known, with what it is doing.", needs_hello=False
    ),
    "models.info": Method(
        mm.ModelParams, mm.ModelInfoResult, "All that is known of a model.", needs_hello=False
    ),
    "models.download": Method(
        mm.DownloadParams,
        mm.ModelResult,
        "Fetch a model; streams {done, total, rate, remaining_s}, joins a download under way.",
        needs_hello=False,
        long=True,
        outlives_caller=True,
    ),
    "models.cancel": Method(
        mm.ModelParams,
        mm.CancelResult,
        "Stop a download for everyone who waits for it; what came is kept for the next try.",
        needs_hello=False,
    ),
    "models.remove": Method(
        mm.RemoveParams,
        mm.RemoveResult,
        "Delete an installed model; refused while it is in use.",
        needs_hello=False,
        writes=True,
    ),
    "models.clear": Method(
        m.Empty,
        s.ClearModelsResult,
        "Delete every model that can be fetched again, and unfinished downloads.",
        needs_hello=False,
        long=True,
        outlives_caller=True,
    ),
    "models.verify": Method(
        mm.ModelParams,
        mm.VerifyResult,
        "Compare every file of a model with its checksum.",
        needs_hello=False,
        long=True,
    ),
    "models.add": Method(
        mm.AddParams,
        mm.ModelResult,
        "Add a model of one's own and fetch it.",
        needs_hello=False,
        long=True,
        outlives_caller=True,
    ),
    "models.recommend": Method(
        mm.RecommendParams,
        mm.RecommendResult,
        "The models that fit this machine and its user.",
        needs_hello=False,
    ),
    "models.load": Method(
        mm.ModelParams, mm.ModelResult, "Load a model now; streams {share}.", needs_hello=False, long=True
    ),
    "models.unload": Method(mm.ModelParams, mm.UnloadResult, "Free a model's memory.", needs_hello=False),
    "models.use": Method(
        mm.UseParams, mm.UseResult, "Choose the model for a job.", needs_hello=False, writes=True
    ),
    "models.optimise": Method(
        mm.OptimiseParams,
        mm.OptimiseResult,
        "Keep an instruction model in the form that answers fastest on this processor.",
        needs_hello=False,
        long=True,
    ),
    "classify.run": Method(
        mm.ClassifyParams,
        mm.ClassifyResult,
        "Put texts into categories with a local model.",
        needs_hello=False,
        long=True,
    ),
    "finetune.deploy": Method(
        f.DeployParams,
        f.DeployResult,
        "Put a model that was trained here in, and have it put tabs into categories.",
        needs_hello=False,
        long=True,
    ),
    "finetune.deployments": Method(
        m.Empty, f.DeploymentsResult, "Every model that was deployed, the latest first.", needs_hello=False
    ),
    "finetune.rollback": Method(
        m.Empty,
        f.RollbackResult,
        "Have tabs sorted by what did it before the deployed model that is in use.",
        needs_hello=False,
        writes=True,
    ),
    "finetune.improve": Method(
        f.ImproveParams,
        f.JobResult,
        "Train a model from the corrections that were made, when the computer is idle; the better one stays.",
        writes=True,
    ),
    "finetune.state": Method(
        m.Empty, f.StateResult, "How far the training in the background is.", needs_hello=False
    ),
    "finetune.cancel": Method(
        m.Empty,
        f.JobResult,
        "End the training in the background and delete what it has half made.",
        needs_hello=False,
        long=True,
    ),
    "encryption.state": Method(
        m.Empty, s.EncryptionState, "Whether the database is encrypted at rest, and where its key is."
    ),
    "encryption.enable": Method(
        s.EncryptParams,
        s.EncryptResult,
        "Encrypt the database and its backups, or keep the key otherwise; streams {stage, share}.",
        long=True,
    ),
    "encryption.disable": Method(
        s.DecryptParams,
        s.EncryptResult,
        "Write the database and its backups in clear again; streams {stage, share}.",
        long=True,
    ),
    "encryption.unlock": Method(
        s.UnlockParams,
        s.EncryptionState,
        "Open an encrypted database with its passphrase or its recovery key.",
        long=True,
    ),
    "doctor": Method(
        m.Empty, u.DoctorResult, "Check every part; each failure with its fix.", needs_hello=False
    ),
    "daemon.status": Method(m.Empty, u.DaemonStatusResult, "The daemon process.", needs_hello=False),
    "daemon.latencies": Method(
        m.Empty, s.LatenciesResult, "How long requests took lately, by method.", needs_hello=False
    ),
    "daemon.log": Method(s.LogLinesParams, s.LogLinesResult, "The end of a log.", needs_hello=False),
    "daemon.stop": Method(
        u.StopParams, u.StopResult, "End the daemon after what is under way.", needs_hello=False
    ),
}
