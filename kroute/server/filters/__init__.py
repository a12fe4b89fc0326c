"""The filters of the handler chain, one a file; `chain` has their order."""
