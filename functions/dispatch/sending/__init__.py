"""Units out as events, and what becomes of them."""
