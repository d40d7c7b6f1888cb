//! What the system says of this process, under the names that every Prometheus client uses. Read from `/proc` where there
//! is one; elsewhere there are no such figures.
use std::fs;

/// Clock ticks a second in `/proc`: fixed in the kernel's interface to programs.
const TICKS_PER_SECOND: f64 = 100.0;
/// Bytes of a page, as on every machine that this server is built for.
const PAGE_BYTES: f64 = 4_096.0;

/// A figure: name, meaning, whether it only grows, value.
pub type ProcessFigure = (&'static str, &'static str, bool, f64);

/// The figures of this moment.
pub fn figures() -> Vec<ProcessFigure> {
    let Ok(stat) = fs::read_to_string("/proc/self/stat") else { return Vec::new() };
    let mut figures = of_stat(&stat, boot_s());
    if let Ok(files) = fs::read_dir("/proc/self/fd") {
        // The folder itself is one of them while it is read.
        let open = files.count().saturating_sub(1) as f64;
        figures.push(("process_open_fds", "Open files and sockets.", false, open));
    }
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    if let Some(most) = files_max(&limits) {
        figures.push(("process_max_fds", "Most of them.", false, most));
    }
    figures
}

/// Memory in use, bytes; 0 where the system does not say.
pub fn memory_bytes() -> u64 {
    let memory = figures().into_iter().find(|figure| figure.0 == "process_resident_memory_bytes");
    memory.map_or(0, |figure| figure.3 as u64)
}

fn of_stat(stat: &str, boot_s: Option<f64>) -> Vec<ProcessFigure> {
    // The name, in brackets, may hold anything; behind it, state is field 3.
    let Some((_, rest)) = stat.rsplit_once(')') else { return Vec::new() };
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    let field = |number: usize| fields.get(number - 3).and_then(|text| text.parse::<f64>().ok()).unwrap_or_default();
    let mut figures = vec![
        (
            "process_cpu_seconds",
            "Time that processors worked for this process, seconds.",
            true,
            (field(14) + field(15)) / TICKS_PER_SECOND,
        ),
        ("process_threads", "Threads.", false, field(20)),
        ("process_virtual_memory_bytes", "Address space, bytes.", false, field(23)),
        ("process_resident_memory_bytes", "Memory in use, bytes.", false, field(24) * PAGE_BYTES),
    ];
    if let Some(boot_s) = boot_s {
        let started = boot_s + field(22) / TICKS_PER_SECOND;
        figures.push(("process_start_time_seconds", "When it was started, seconds since 1970.", false, started));
    }
    figures
}

/// When the machine was started, seconds since 1970.
fn boot_s() -> Option<f64> {
    let stat = fs::read_to_string("/proc/stat").ok()?;
    stat.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()
}

fn files_max(limits: &str) -> Option<f64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_lines_are_read_whatever_the_program_is_called() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194560 100 0 0 0 250 150 0 0 20 0 9 0 1000 8192000 300 18446744073709551615";
        let figures = of_stat(stat, Some(1_000.0));
        let value = |name: &str| figures.iter().find(|figure| figure.0 == name).map(|figure| figure.3);
        assert_eq!(value("process_cpu_seconds"), Some(4.0));
        assert_eq!(value("process_threads"), Some(9.0));
        assert_eq!(value("process_virtual_memory_bytes"), Some(8_192_000.0));
        assert_eq!(value("process_resident_memory_bytes"), Some(300.0 * 4_096.0));
        assert_eq!(value("process_start_time_seconds"), Some(1_010.0));
        assert_eq!(files_max("Limit  Soft\nMax open files            1024   4096  files\n"), Some(1_024.0));
    }
}
