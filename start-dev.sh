#!/bin/bash
# Starts evalX in containers, with Redis, Prometheus and Grafana, and waits until all are ready. `start-dev.sh help`
# shows the commands. docs/deployment.md lists the variables: EVALX_PORT, EVALX_LANGUAGES and others.
set -euo pipefail

cd -- "$(dirname -- "$(readlink -f -- "$0")")"
readonly patience_s=120

say() {
  echo "start-dev: $*"
}

die() {
  echo "start-dev: $*" >&2
  exit 1
}

usage() {
  cat <<END
start-dev.sh [stop|status|logs [SERVICE…]]

Without a command: builds the image, starts an api, four workers, Redis, Prometheus and Grafana in
containers, and waits until all of them are ready.

  stop              stops and removes the containers; submissions are kept
  status            lists the containers
  logs [SERVICE…]   shows the last lines of all logs, or of these services: api worker redis prometheus grafana

Environment variables such as EVALX_PORT and EVALX_LANGUAGES: docs/deployment.md.
END
}

find_compose() {
  command -v docker >/dev/null || die "docker is missing: https://docs.docker.com/engine/install/ or apt install docker.io"
  local answer words=()
  if ! answer=$(docker version --format '{{.Server.Version}}' 2>&1); then
    read -r -d '' -a words <<<"$answer" || true  # On one line.
    die "docker does not respond: ${words[*]}; is it running, and are you allowed to use it (group docker, or sudo)?"
  fi
  if docker compose version >/dev/null 2>&1; then
    compose=(docker compose)
  elif command -v docker-compose >/dev/null; then
    compose=(docker-compose)
  else
    die "neither \`docker compose\` nor docker-compose is installed: apt install docker-compose, or docker-compose-plugin from Docker"
  fi
}

# Four workers share this machine: together they have as many sandboxes as CPUs, and three quarters of the memory.
divide_machine() {
  local cpus memory_mb
  cpus=$(nproc)
  memory_mb=$(awk '/^MemTotal:/ { print int($2 / 1024) }' /proc/meminfo)
  : "${EVALX_SANDBOXES_PER_WORKER:=$(((cpus + 3) / 4))}"
  : "${EVALX_MEMORY_PER_WORKER_MB:=$((memory_mb * 3 / 16 > 512 ? memory_mb * 3 / 16 : 512))}"
  EVALX_COMMIT=$(git rev-parse --short HEAD 2>/dev/null || true)
  export EVALX_SANDBOXES_PER_WORKER EVALX_MEMORY_PER_WORKER_MB EVALX_COMMIT
}

# Prints the containers of the project, one per line: "name state health". Health is "none" if the container has no check.
states() {
  local ids
  mapfile -t ids < <("${compose[@]}" ps -q)
  [[ ${#ids[@]} -gt 0 ]] || return 0
  docker inspect --format \
    '{{slice .Name 1}} {{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}' "${ids[@]}"
}

wait_until_healthy() {
  local begin=$SECONDS list ready all shown="" line
  while true; do
    list=$(states)
    all=$(grep -c . <<<"$list" || true)
    ready=$(grep -cE ' running (healthy|none)$' <<<"$list" || true)
    line="$ready of $all containers ready"
    if [[ $line != "$shown" ]]; then
      say "$line ($((SECONDS - begin)) s)"
      shown=$line
    fi
    if [[ $all -gt 0 && $ready -eq $all ]]; then return; fi
    if [[ $((SECONDS - begin)) -ge $patience_s ]]; then
      grep -vE ' running (healthy|none)$' <<<"$list" >&2 || true
      while read -r name _; do
        echo "--- last lines of $name" >&2
        docker logs --tail 15 "$name" >&2 || true
      done < <(grep -vE ' running (healthy|none)$' <<<"$list")
      die "not ready after $patience_s s; ./start-dev.sh logs shows more"
    fi
    sleep 0.5
  done
}

case ${1:-up} in
  -h | --help | help)
    usage
    exit 0
    ;;
  up | stop | status | logs) ;;
  *)
    usage >&2
    exit 2
    ;;
esac
find_compose
divide_machine
case ${1:-up} in
  up)
    say "building the image (this takes minutes the first time)"
    "${compose[@]}" build api
    say "starting 1 api, 4 workers with $EVALX_SANDBOXES_PER_WORKER sandboxes each, Redis, Prometheus and Grafana"
    "${compose[@]}" up -d --remove-orphans
    wait_until_healthy
    host=${EVALX_BIND:-127.0.0.1} tools=${EVALX_BIND_TOOLS:-127.0.0.1}
    cat <<END

evalX       http://$host:${EVALX_PORT:-2358}/v1/capabilities
Grafana     http://$tools:${EVALX_GRAFANA_PORT:-3000}/
Prometheus  http://$tools:${EVALX_PROMETHEUS_PORT:-9090}/targets

Try it:     curl '$host:${EVALX_PORT:-2358}/v1/submissions?wait=30' -H 'Content-Type: application/json' \\
              -d '{"language": "python", "source": "print(6 * 7)", "tests": [{"expected_output": "42\n"}]}'
Stop it:    ./start-dev.sh stop
END
    ;;
  stop)
    # The workers' volumes have no names: without this, each stop would leave four volumes behind. Named volumes stay.
    "${compose[@]}" rm --stop --force -v
    "${compose[@]}" down --remove-orphans
    say "stopped; submissions are kept in the Redis volume"
    ;;
  status) "${compose[@]}" ps ;;
  logs) shift && "${compose[@]}" logs --tail 200 "$@" ;;
esac
