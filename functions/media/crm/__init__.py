"""Canon Cinema RAW Light (.CRM): every frame of the movie, and what the camera says."""
