//! Keeps threads on one core, so that a server and its load do not get in each other's way.
use std::io;
use std::process::{Child, Command};

/// Keeps this thread, and all that it starts from now on, on `core`; false where the system refuses.
pub fn stay_on(core: usize) -> bool {
    core_affinity::set_for_current(core_affinity::CoreId { id: core })
}

/// Starts a program that stays on `core`.
pub fn spawn_on(core: Option<usize>, mut command: Command) -> io::Result<Child> {
    let Some(core) = core else { return command.spawn() };
    // A child keeps to the core of the thread that starts it; that thread is a passing one.
    let starter = std::thread::spawn(move || {
        if stay_on(core) { command.spawn() } else { Err(io::Error::other(format!("cannot keep to core {core}"))) }
    });
    starter.join().unwrap_or_else(|_| Err(io::Error::other("the starting thread broke down")))
}
