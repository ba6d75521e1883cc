#!/usr/bin/env bash
# Knative Serving with Kourier, and Eventing with brokers in memory. Applying twice changes nothing.
# shellcheck source=settings.sh
. "$(dirname "$0")/settings.sh"
want_cluster

apply() { # a release's file; the API server may still be learning the kinds of the one before
  local try
  for try in 1 2 3 4 5; do
    on_cluster apply --server-side --force-conflicts -f "$1" >/dev/null && return
    echo "  again in five seconds (${try})"
    sleep 5
  done
  die "could not apply $1"
}

ready() { # a namespace
  on_cluster wait --for=condition=Available deployment --all -n "$1" --timeout=300s >/dev/null ||
    die "not all of $1 came up: kubectl --context ${CONTEXT} get pods -n $1"
  echo "$1 is up"
}

github="https://github.com"
at_serving="${github}/knative/serving/releases/download/knative-${SERVING}"
at_kourier="${github}/knative-extensions/net-kourier/releases/download/knative-${KOURIER}"
at_eventing="${github}/knative/eventing/releases/download/knative-${EVENTING}"

say "Knative Serving ${SERVING}"
apply "${at_serving}/serving-crds.yaml"
on_cluster wait --for=condition=Established crd --all --timeout=60s >/dev/null
apply "${at_serving}/serving-core.yaml"
apply "${at_kourier}/kourier.yaml"
on_cluster patch configmap config-network -n knative-serving --type merge \
  -p '{"data":{"ingress-class":"kourier.ingress.networking.knative.dev"}}' >/dev/null
# Priority classes on Services (knative/priorities), and a registry that has no certificate.
on_cluster patch configmap config-features -n knative-serving --type merge \
  -p '{"data":{"kubernetes.podspec-priorityclassname":"enabled"}}' >/dev/null
on_cluster patch configmap config-deployment -n knative-serving --type merge \
  -p "{\"data\":{\"registries-skipping-tag-resolving\":\"kind.local,ko.local,dev.local,${REGISTRY_NAME}:5000\"}}" >/dev/null
ready knative-serving
ready kourier-system

say "Knative Eventing ${EVENTING}"
apply "${at_eventing}/eventing-crds.yaml"
on_cluster wait --for=condition=Established crd --all --timeout=60s >/dev/null
apply "${at_eventing}/eventing-core.yaml"
apply "${at_eventing}/in-memory-channel.yaml"
apply "${at_eventing}/mt-channel-broker.yaml"
ready knative-eventing
