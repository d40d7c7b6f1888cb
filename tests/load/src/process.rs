//! What the system tells of a process: CPU time of it and its threads, resident memory, datagrams thrown away.
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

/// The unit of CPU times in `/proc` (USER_HZ), microseconds: Linux has it fixed for programs.
const TICK_US: u64 = 10_000;

/// CPU time, microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CpuTime {
    /// In the program.
    pub user_us: u64,
    /// In the kernel for it.
    pub system_us: u64,
}

impl CpuTime {
    /// Both.
    pub const fn total_us(&self) -> u64 {
        self.user_us + self.system_us
    }

    /// Both of two processes.
    pub const fn plus(&self, other: &Self) -> Self {
        Self { user_us: self.user_us + other.user_us, system_us: self.system_us + other.system_us }
    }

    /// What was spent between `earlier` and now.
    pub const fn since(&self, earlier: &Self) -> Self {
        Self {
            user_us: self.user_us.saturating_sub(earlier.user_us),
            system_us: self.system_us.saturating_sub(earlier.system_us),
        }
    }
}

/// CPU time of a process.
pub fn cpu(pid: u32) -> io::Result<CpuTime> {
    read_stat(Path::new(&format!("/proc/{pid}/stat")))
}

/// CPU time of a process and of all that it and its children have started and that still run.
pub fn family_cpu(pid: u32) -> CpuTime {
    let mut sum = CpuTime::default();
    let mut waiting = vec![pid];
    while let Some(pid) = waiting.pop() {
        // A process may end while one looks.
        sum = sum.plus(&cpu(pid).unwrap_or_default());
        let tasks = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
        let children = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
        waiting.extend(children.flat_map(|list| numbers(&list)));
    }
    sum
}

fn numbers(list: &str) -> Vec<u32> {
    list.split_whitespace().filter_map(|number| number.parse().ok()).collect()
}

/// CPU time of its threads: by number, with their names.
pub fn threads(pid: u32) -> io::Result<BTreeMap<u32, (String, CpuTime)>> {
    let mut threads = BTreeMap::new();
    for entry in fs::read_dir(format!("/proc/{pid}/task"))? {
        let path = entry?.path();
        let Some(number) = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse().ok()) else {
            continue;
        };
        // A thread may end while one looks.
        if let (Ok(name), Ok(cpu)) = (fs::read_to_string(path.join("comm")), read_stat(&path.join("stat"))) {
            threads.insert(number, (name.trim().to_owned(), cpu));
        }
    }
    Ok(threads)
}

/// Resident memory, bytes.
pub fn resident_bytes(pid: u32) -> io::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()).and_then(|kib| kib.parse::<u64>().ok());
    kib.map(|kib| kib * 1024).ok_or_else(|| io::Error::other("no VmRSS"))
}

/// Datagrams that this machine threw away since its start because a socket's buffer was full.
pub fn datagrams_thrown_away() -> u64 {
    let text = fs::read_to_string("/proc/net/snmp").unwrap_or_default();
    let mut udp = text.lines().filter_map(|line| line.strip_prefix("Udp: "));
    let (Some(names), Some(values)) = (udp.next(), udp.next()) else { return 0 };
    let mut pairs = names.split(' ').zip(values.split(' '));
    pairs.find(|(name, _)| *name == "RcvbufErrors").and_then(|(_, value)| value.parse().ok()).unwrap_or(0)
}

fn read_stat(path: &Path) -> io::Result<CpuTime> {
    parse_stat(&fs::read_to_string(path)?).ok_or_else(|| io::Error::other("stat cannot be read"))
}

/// Fields 14 and 15 of proc(5); the name in field 2 may hold anything, brackets included.
fn parse_stat(text: &str) -> Option<CpuTime> {
    let (_, rest) = text.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let mut next = || fields.next()?.parse::<u64>().ok().map(|ticks| ticks * TICK_US);
    Some(CpuTime { user_us: next()?, system_us: next()? })
}

/// The machine's load average over the last minute, where the system tells it.
pub fn load_average() -> Option<f64> {
    std::fs::read_to_string("/proc/loadavg").ok()?.split(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_whatever_the_name() {
        let text = "42 (a) (b c) S 1 42 42 0 -1 4194560 1 2 3 4 150 25 0 0 20 0 5 0 100 1 1";
        assert_eq!(parse_stat(text), Some(CpuTime { user_us: 1_500_000, system_us: 250_000 }));
        assert_eq!(parse_stat("nothing"), None);
    }

    #[test]
    fn this_process_is_seen() {
        let own = std::process::id();
        assert!(resident_bytes(own).unwrap() > 100_000);
        assert!(!threads(own).unwrap().is_empty());
        cpu(own).unwrap();
        assert!(family_cpu(own).total_us() >= cpu(own).unwrap().total_us());
    }

    #[test]
    fn a_family_is_a_process_with_its_children() {
        let mut child = std::process::Command::new("sh").args(["-c", "while :; do :; done"]).spawn().unwrap();
        let own = std::process::id();
        let until = std::time::Instant::now() + std::time::Duration::from_secs(30);
        let spent = |pid| cpu(pid).unwrap().total_us();
        while spent(child.id()) < 100_000 && std::time::Instant::now() < until {
            std::thread::yield_now();
        }
        let parts = spent(own) + spent(child.id());
        let family = family_cpu(own);
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(family.total_us() >= parts, "{family:?} of {parts}");
        assert_eq!(numbers("12 7\n"), [12, 7]);
    }
}
