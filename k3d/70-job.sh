#!/usr/bin/env bash
# A clip into S3, a job through the broker, and the ledger from no pod to many to none.
# shellcheck source=settings.sh
. "$(dirname "$0")/settings.sh"
want_cluster

scratch=$(mktemp -d)
forwards=()
finish() {
  for pid in "${forwards[@]}"; do kill "$pid" 2>/dev/null || true; done
  rm -rf "$scratch"
}
trap finish EXIT

forward() { # namespace, service, port here, port there
  on_cluster port-forward -n "$1" "service/$2" "$3:$4" >"$scratch/$2.log" 2>&1 &
  forwards+=("$!")
  for _ in $(seq 150); do
    grep -qs Forwarding "$scratch/$2.log" && return
    sleep 0.2
  done
  die "cannot reach $2: $(tail -n 1 "$scratch/$2.log")"
}

say "waiting for zero pods"
for _ in $(seq 60); do
  [ -z "$(on_cluster get pods -n rushes -l serving.knative.dev/service=rushes-debayer -o name)" ] && break
  sleep 3
done

forward rushes s3 18333 8333
forward knative-eventing broker-ingress 18080 80
export AWS_ACCESS_KEY_ID=trial AWS_SECRET_ACCESS_KEY=trial-secret AWS_REGION=us-east-1
export AWS_ENDPOINT_URL_S3=http://127.0.0.1:18333

say "a clip"
.venv/bin/python demo/make_clip.py "$scratch/A001"
.venv/bin/python -m k3d.upload "$scratch/A001" s3://camera/A001/

say "the job"
cat >"$scratch/job.json" <<JSON
{"output": "s3://plates/trial-$(date +%s)/", "units": {"frames": 6},
 "clips": [{"operation": "debayer", "input": "s3://camera/A001/", "compression": "zip"}]}
JSON
.venv/bin/python -m k3d.ledger --context "$CONTEXT" -- \
  .venv/bin/rushes dispatch "$scratch/job.json" --sink http://127.0.0.1:18080/rushes/rushes
