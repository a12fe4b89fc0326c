"""Who owns which field: field paths, sets of them, their merging and the record in metadata.managedFields."""
