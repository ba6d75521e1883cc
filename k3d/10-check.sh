#!/usr/bin/env bash
# What the other steps need is here, or a sentence says what is not.
# shellcheck source=settings.sh
. "$(dirname "$0")/settings.sh"

say "prerequisites"
need docker "https://docs.docker.com/engine/install/"
need k3d "https://k3d.io, 5.6 or newer"
need kubectl "https://kubernetes.io/docs/tasks/tools/, 1.32 or newer"
docker info >/dev/null 2>&1 || die "no Docker engine answers: start it, or join the group docker"
[ -x .venv/bin/rushes ] || die "the checkout's own environment is missing: run make demo first"
memory=$(docker info --format '{{.MemTotal}}')
[ "$memory" -ge 5900000000 ] || die "the engine has $((memory / 1000000)) MB of memory: 6 GB are needed"
cores=$(docker info --format '{{.NCPU}}')
[ "$cores" -ge 2 ] || die "the engine has ${cores} core: 2 are needed (deploy/overlays/small)"
# Images of Kubernetes, Knative and ours, and what the trial writes.
root=$(docker info --format '{{.DockerRootDir}}')
if [ -d "$root" ]; then # elsewhere than on this machine nothing can be said
  free=$(df -Pk "$root" | tail -n 1 | tr -s ' ' | cut -d ' ' -f 4)
  [ "$free" -ge 8000000 ] || die "${root} has $((free / 1000)) MB free: 8 GB are needed"
fi
printf 'docker %s, %s, kubectl %s\n' "$(docker version --format '{{.Server.Version}}')" \
  "$(k3d version | head -n 1)" "$(kubectl version --client -o json | sed -n 's/.*"gitVersion": "\(.*\)".*/\1/p')"
