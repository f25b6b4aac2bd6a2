"""What a person does with the whole of their data: copies, clearing, retention, deletion, encryption."""
