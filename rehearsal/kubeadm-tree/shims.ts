/** Programs that a script finds on a node of the tree instead of the host's. The rest (sed, flock, zstd, sha256sum) is real. */
export const shims: Readonly<Record<string, string>> = {
  // The pods of kubeadm are named after their node.
  crictl: `case "$*" in
  'ps --quiet --name '*) folder="$TENDER_CONTAINERS"; pattern="$4"; node= ;;
  'pods --quiet --state ready --label tier=control-plane --name '*) folder="$TENDER_SANDBOXES"; pattern="$8"; node=-node ;;
  *) echo "crictl $* is not played" >&2; exit 1 ;;
esac
for file in "$folder"/*; do
  name="\${file##*/}"
  if [ -e "$file" ] && printf '%s' "$name$node" | grep -Eq "$pattern"; then echo "$name"; fi
done`,
  // A container of etcd's image: its programs, and the same paths inside as outside.
  ctr: `while [ $# -gt 0 ]; do case "$1" in registry.k8s.io/etcd:*) break ;; *) shift ;; esac; done
[ $# -gt 2 ] || { echo 'ctr was given no image' >&2; exit 1; }
program="$TENDER_ETCD/$3"
shift 3
export ETCDCTL_API=3
exec "$program" "$@"`,
  aws: `name=
while [ $# -gt 0 ]; do case "$1" in --name) name="$2"; shift 2 ;; *) shift ;; esac; done
exec /usr/bin/curl --silent --fail --data-binary "$name" "$TENDER_OUTSIDE/parameter"`,
  // The address comes by standard input, as the documents hand it over.
  curl: `output=
while [ $# -gt 0 ]; do case "$1" in --output) output="$2"; shift 2 ;; *) shift ;; esac; done
exec /usr/bin/curl --silent --fail --output "$output" --data-binary @- "$TENDER_OUTSIDE/download"`,
  // The played kubelet looks forty times a second: a tenth of the time that a real one is given is long for it.
  sleep: `exec /bin/sleep "$(awk "BEGIN { print $1 / 10 }")"`,
};
