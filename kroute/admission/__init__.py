"""Cross-kind policy on objects before they are stored: the chain that mutates and then validates, and its plugins."""
