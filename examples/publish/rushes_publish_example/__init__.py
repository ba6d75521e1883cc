"""A consumer of `dev.rushes.plate.completed.v1`: it registers plates in a tracker."""
