# shellcheck shell=bash
# Sourced by every step: what is pinned, and how a step speaks.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export CLUSTER="${CLUSTER:-rushes}"
export REGISTRY_PORT="${REGISTRY_PORT:-5111}"
export REGISTRY_NAME="k3d-${CLUSTER}-registry"
export TAG="${TAG:-local}"
# Releases that fit one another: Knative 1.19 wants Kubernetes 1.32 or newer.
export K3S_IMAGE="${K3S_IMAGE:-rancher/k3s:v1.33.4-k3s1}"
export SERVING="${SERVING:-v1.19.6}"
export KOURIER="${KOURIER:-v1.19.5}"
export EVENTING="${EVENTING:-v1.19.6}"
# Every kubectl below speaks to this cluster and to no other that a person has.
export CONTEXT="k3d-${CLUSTER}"

say() { printf '\n== %s\n' "$*"; }

die() {
  printf 'k3d: %s\n' "$*" >&2
  exit 1
}

need() { # a program, and where it is had
  command -v "$1" >/dev/null 2>&1 || die "$1 is not installed: $2"
}

on_cluster() { kubectl --context "$CONTEXT" "$@"; }

have_cluster() { k3d cluster list "$CLUSTER" >/dev/null 2>&1; }

want_cluster() { have_cluster || die "there is no cluster ${CLUSTER}: k3d/20-cluster.sh makes it"; }
