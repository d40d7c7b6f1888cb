//! How many files and connections the process may have open.

/// Raises the limit to what the system lets this process have: shells and service managers mostly start programs with
/// 1,024, which a server with a few hundred clients needs. Go's programs, livekit-server among them, do this themselves.
pub fn raise() {
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(limit) => tracing::debug!(limit, "files that may be open"),
        Err(error) => tracing::warn!(%error, "the limit of open files stays as it is"),
    }
}
