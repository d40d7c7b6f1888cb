//! Doors to what only this module may call, for the fuzz targets in `tests/fuzz`. Not built into the server.
pub use super::transport::fuzz::dtls;
