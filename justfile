# The commands people type. Each is a cargo xtask or cargo command; see `cargo xtask help`.

# Start the server in development mode.
dev *ARGS:
    cargo xtask dev {{ARGS}}

# Everything that must pass before a change lands.
ci:
    bash .ci/run

# Rust tests only.
test:
    cargo xtask unit

# Real browsers with the real SDKs.
scenes *ARGS:
    cargo xtask scenes {{ARGS}}

# Real server SDKs.
sdk:
    cargo xtask sdk

# Format and lints.
lint:
    cargo xtask lint
