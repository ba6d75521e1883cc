#!/usr/bin/env bash
# Knative Serving with Kourier, and Eventing with brokers in memory. Applying twice changes nothing.
# shellcheck source=settings.sh
. "$(dirname "$0")/settings.sh"
want_cluster

apply() { # a release's file; the API server may still be learning the kinds of the one before
  patient 300 "$(basename "$1") to be accepted" \
    on_cluster apply --server-side --force-conflicts -f "$1"
}

ready() { # a namespace, seconds
  patient "${2:-900}" "every deployment of $1" \
    on_cluster wait --for=condition=Available deployment --all -n "$1" --timeout=60s
  echo "$1 is up"
}

configure() { # a ConfigMap of knative-serving, and its data as JSON; its webhook must be there
  patient 300 "the webhook to take $1" \
    on_cluster patch configmap "$1" -n knative-serving --type merge -p "{\"data\":$2}"
}

github="https://github.com"
at_serving="${github}/knative/serving/releases/download/knative-${SERVING}"
at_kourier="${github}/knative-extensions/net-kourier/releases/download/knative-${KOURIER}"
at_eventing="${github}/knative/eventing/releases/download/knative-${EVENTING}"

say "Knative Serving ${SERVING}"
apply "${at_serving}/serving-crds.yaml"
patient 300 "its kinds" on_cluster wait --for=condition=Established crd --all --timeout=60s
apply "${at_serving}/serving-core.yaml"
apply "${at_kourier}/kourier.yaml"
# Its webhook checks ConfigMaps, and before it is up every change of one is refused.
ready knative-serving
configure config-network '{"ingress-class":"kourier.ingress.networking.knative.dev"}'
# Priority classes on Services, and no pod before there is work (knative/priorities, zero-start).
configure config-features '{"kubernetes.podspec-priorityclassname":"enabled"}'
configure config-autoscaler '{"allow-zero-initial-scale":"true"}'
# The local registry has no certificate.
configure config-deployment \
  "{\"registries-skipping-tag-resolving\":\"kind.local,ko.local,dev.local,${REGISTRY_NAME}:5000\"}"
ready kourier-system

say "Knative Eventing ${EVENTING}"
apply "${at_eventing}/eventing-crds.yaml"
patient 300 "its kinds" on_cluster wait --for=condition=Established crd --all --timeout=60s
apply "${at_eventing}/eventing-core.yaml"
apply "${at_eventing}/in-memory-channel.yaml"
apply "${at_eventing}/mt-channel-broker.yaml"
ready knative-eventing
