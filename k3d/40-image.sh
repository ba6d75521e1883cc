#!/usr/bin/env bash
# The image, built here and pushed into the cluster's registry. BASE=... builds on another base.
# shellcheck source=settings.sh
. "$(dirname "$0")/settings.sh"
want_cluster

image="127.0.0.1:${REGISTRY_PORT}/rushes:${TAG}"
say "image ${image}"
revision=$(git rev-parse HEAD 2>/dev/null || echo unknown)
DOCKER_BUILDKIT=1 docker build --quiet --tag "$image" --build-arg REVISION="$revision" \
  ${BASE:+--build-arg BASE="$BASE"} . || die "the build failed: run it without --quiet to see why"
docker push --quiet "$image" || die "the registry at port ${REGISTRY_PORT} does not take it"
docker image inspect "$image" --format '{{.Size}} bytes'
