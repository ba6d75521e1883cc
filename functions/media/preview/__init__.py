"""Pictures for people: contact sheets, thumbnails, text in pictures."""
