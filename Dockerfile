# evalX: one image for `evalx api`, `evalx worker` and `evalx serve`. docs/deployment.md describes how to run it.
ARG DEBIAN=debian:bookworm-slim

# The build stage. Packages come before sources, because they change less often.
FROM ${DEBIAN} AS build
WORKDIR /src
COPY scripts/install-packages scripts/
RUN scripts/install-packages && rm -rf /var/lib/apt/lists/*
COPY . .
ARG JOBS=""
RUN cmake --preset release -D EVALX_QUICK_BUILD=ON >/dev/null && ninja -C build/release ${JOBS:+-j "$JOBS"} evalx
# After the long build: for another commit, only one file is compiled.
ARG COMMIT=""
RUN cmake --preset release -D EVALX_COMMIT="$COMMIT" >/dev/null \
 && ninja -C build/release evalx \
 && strip build/release/apps/evalx/evalx

FROM ${DEBIAN}
# The libraries that evalx links; tests/deploy compares them with the needs of the binary. By ca-certificates it verifies
# the receivers of callbacks.
RUN apt-get update -q \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
      ca-certificates libboost-json1.81.0 libboost-url1.81.0 libfmt9 libhiredis0.14 libprometheus-cpp-core1.0 libseccomp2 \
      libspdlog1.10 libsqlite3-0 libssl3 libtomlplusplus3 \
 && rm -rf /var/lib/apt/lists/*
# The languages, as Debian packages. Java's package links its manual pages into a folder that slim images lack.
ARG LANGUAGES="c cpp python"
COPY languages /usr/share/evalx/languages
COPY scripts/install-languages /usr/share/evalx/scripts/
RUN mkdir -p /usr/share/man/man1 \
 && /usr/share/evalx/scripts/install-languages ${LANGUAGES} \
 && rm -rf /var/lib/apt/lists/*
# The user that servers become when they give up root; the api runs as this user from the start.
RUN useradd --system --user-group --uid 2358 --home-dir /var/lib/evalx --no-create-home --shell /usr/sbin/nologin evalx \
 && install -d -o evalx -g evalx -m 0750 /var/lib/evalx
COPY LICENSE /usr/share/doc/evalx/copyright
COPY deploy/docker/healthcheck /usr/local/bin/evalx-healthcheck
COPY --from=build /src/build/release/apps/evalx/evalx /usr/local/bin/evalx

# Not loopback: in a container, no client could reach it. The container engine decides which ports it publishes.
# The drain fits into the 10 seconds after which `docker stop` kills, unless the container has a longer stop timeout.
ENV EVALX_LISTEN=0.0.0.0:2358 EVALX_DATA_DIR=/var/lib/evalx EVALX_DRAIN_GRACE_SECONDS=8
WORKDIR /var/lib/evalx
VOLUME /var/lib/evalx
EXPOSE 2358
HEALTHCHECK --interval=5s --timeout=4s --start-period=30s --retries=3 CMD ["evalx-healthcheck"]
ENTRYPOINT ["evalx"]
CMD ["serve"]
