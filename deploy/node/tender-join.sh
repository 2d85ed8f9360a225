#!/bin/sh
# Joins this instance to its cluster with the configuration that Tender put into the instance's own parameter.
# Runs on every boot (tender-join.service), so that instances of a warm pool join too; does nothing once joined.
# The configuration holds a bootstrap token: it is never printed, lives in one file of mode 0600 and is removed afterwards.
#
# /etc/tender/join.env: JOIN_PARAMETER=/tender/join/<cluster>/{instance-id}
#                       JOIN_LIMIT_SECONDS=1200 (how long to wait for the parameter)
set -u
umask 077
ROOT="${TENDER_ROOT:-}"
CONFIG="$ROOT/etc/kubernetes/tender-join.yaml"
IMDS="${TENDER_IMDS:-http://169.254.169.254}"

log() {
  echo "tender-join: $*"
}

fail() {
  log "$*"
  exit 1
}

# imds PATH: a value from the instance metadata service, version 2.
imds() {
  curl --silent --fail --max-time 5 -H "X-aws-ec2-metadata-token: $IMDS_TOKEN" "$IMDS/latest/meta-data/$1"
}

read_parameter() {
  aws ssm get-parameter --region "$REGION" --name "$PARAMETER" --with-decryption \
    --query Parameter.Value --output text 2> "$CONFIG.error"
}

# Only a kubeadm JoinConfiguration may be written: nothing else in there, no second document of another kind.
is_join_configuration() {
  grep -q '^kind: JoinConfiguration$' "$1" &&
    grep -q '^apiVersion: kubeadm\.k8s\.io/' "$1" &&
    ! grep '^kind:' "$1" | grep -qv '^kind: JoinConfiguration$' &&
    ! grep '^apiVersion:' "$1" | grep -qv '^apiVersion: kubeadm\.k8s\.io/'
}

if [ -e "$ROOT/etc/kubernetes/kubelet.conf" ]; then
  log 'already joined'
  exit 0
fi

if [ -r "$ROOT/etc/tender/join.env" ]; then
  # shellcheck source=/dev/null
  . "$ROOT/etc/tender/join.env"
fi
[ -n "${JOIN_PARAMETER:-}" ] || fail 'JOIN_PARAMETER is not set: write it to /etc/tender/join.env'

IMDS_TOKEN="$(curl --silent --fail --max-time 5 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 300' "$IMDS/latest/api/token")" ||
  fail 'the instance metadata service does not answer'
INSTANCE_ID="$(imds instance-id)" || fail 'the instance metadata service does not tell the instance id'
REGION="$(imds placement/region)" || fail 'the instance metadata service does not tell the region'
PARAMETER="$(printf '%s' "$JOIN_PARAMETER" | sed "s/{instance-id}/$INSTANCE_ID/")"

mkdir -p "$(dirname "$CONFIG")"
trap 'rm -f "$CONFIG" "$CONFIG.error"' EXIT
trap 'exit 1' HUP INT TERM

log "waiting for $PARAMETER in $REGION"
waited=0
pause="${JOIN_FIRST_PAUSE_SECONDS:-2}"
until read_parameter > "$CONFIG"; do
  # The reason of the last attempt says what to mend: not there yet, or not allowed.
  [ "$waited" -lt "${JOIN_LIMIT_SECONDS:-1200}" ] ||
    fail "gave up after $waited s: $(grep -o '([A-Za-z]*)' "$CONFIG.error" | head -n 1)"
  sleep "$pause"
  waited=$((waited + (pause > 0 ? pause : 1)))
  pause=$((pause * 2 > 15 ? 15 : pause * 2))
done
chmod 0600 "$CONFIG"
is_join_configuration "$CONFIG" || fail "$PARAMETER does not hold a kubeadm JoinConfiguration alone; nothing was run"

log 'joining'
# kubeadm repeats the token in some messages.
status="$ROOT/run/tender-join.status"
mkdir -p "$(dirname "$status")"
{ kubeadm join --config "$CONFIG" 2>&1; echo $? > "$status"; } |
  sed -E 's/(^|[^a-z0-9])[a-z0-9]{6}\.[a-z0-9]{16}($|[^a-z0-9])/\1[redacted token]\2/g'
code="$(cat "$status")"
rm -f "$status"
[ "$code" -eq 0 ] || fail "kubeadm join failed with exit code $code"
log 'joined'
