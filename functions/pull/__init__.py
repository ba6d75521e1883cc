"""A turnover from editorial to a job of plates: clips found, ranges told, nothing lost."""
