//! temp
pub mod tls;
