# The service as a small image: a builder with the toolchain, and a runtime that has the binary and nothing else.

FROM rust:1.95-slim-bookworm AS builder
WORKDIR /src
# The dependencies are a layer of their own: they are built again only when Cargo.toml or Cargo.lock change.
COPY Cargo.toml Cargo.lock ./
RUN mkdir -p src tests/it benches \
    && echo 'fn main() {}' > src/main.rs \
    && touch src/lib.rs tests/it/main.rs benches/gate.rs \
    && cargo build --release --locked \
    && rm -r src tests
COPY data data
COPY migrations migrations
COPY src src
# Copied files keep their times, which may lie before the build above: cargo must see that they changed.
RUN touch src/main.rs src/lib.rs \
    && cargo build --release --locked --bin canbo

FROM debian:bookworm-slim
# For identity providers, whose keys come over https.
RUN apt-get update -q \
    && apt-get install -y -q --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/*
# A number, so that an orchestrator can see that it is not root. The folders are for volumes: keys, the anchor of the record.
RUN groupadd --gid 10001 canbo \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/canbo --shell /usr/sbin/nologin canbo \
    && install -d -o 10001 -g 10001 -m 700 /var/lib/canbo /var/lib/canbo-anchor
COPY --from=builder /src/target/release/canbo /usr/local/bin/canbo
USER 10001:10001
WORKDIR /var/lib/canbo
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 CMD ["canbo", "health"]
ENTRYPOINT ["canbo"]
CMD ["serve"]
