//! The yardstick: what the system alone asks for sending datagrams to sockets that are read, one by one and in runs (GSO).
//!
//! One thread sends on one core, another reads on the other; no encryption, no routing, nothing but system calls.
use crate::affinity;
use crate::process::{self, CpuTime};
use quinn_udp::{Transmit, UdpSocketState};
use serde::Serialize;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Bytes of a datagram: 1,100 of media and header without the 12 that a bench of plain datagrams has not.
pub const DATAGRAM_BYTES: usize = 1112;
const SOCKET_BUFFER_BYTES: usize = 1024 * 1024;
/// Beat of the reader.
const READ_INTERVAL: Duration = Duration::from_millis(4);
/// Datagrams sent between two pauses, so that the readers' buffers never fill.
const BURST: usize = 64;

/// What is measured.
#[derive(Clone, Copy, Debug)]
pub struct SendtoPlan {
    /// Receiving sockets, taken in turn.
    pub sockets: usize,
    /// Datagrams a call; 1: plain sends.
    pub run: usize,
    /// Datagrams to send.
    pub datagrams: u64,
    /// Core of the sender.
    pub send_core: Option<usize>,
    /// Core of the reader.
    pub read_core: Option<usize>,
}

/// What it cost.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct SendtoCost {
    /// Receiving sockets.
    pub sockets: usize,
    /// Datagrams a call.
    pub run: usize,
    /// Datagrams that were sent.
    pub sent: u64,
    /// Datagrams that were read.
    pub read: u64,
    /// Sender's CPU time in the program, microseconds a datagram.
    pub user_us: f64,
    /// Sender's CPU time in the kernel, microseconds a datagram.
    pub system_us: f64,
}

impl SendtoCost {
    /// Both.
    pub fn total_us(&self) -> f64 {
        self.user_us + self.system_us
    }

    /// One line for people.
    pub fn line(&self) -> String {
        let how = if self.run == 1 { "plain sendto".to_owned() } else { format!("GSO, {} a call", self.run) };
        format!(
            "{how}: {:.2} us a datagram ({:.2} user + {:.2} system), {} sockets, {} sent, {:.2} % not read",
            self.total_us(),
            self.user_us,
            self.system_us,
            self.sockets,
            self.sent,
            100.0 * (self.sent.saturating_sub(self.read)) as f64 / self.sent.max(1) as f64
        )
    }
}

/// Measures.
pub fn measure(plan: &SendtoPlan) -> io::Result<SendtoCost> {
    let sockets: Vec<UdpSocket> = (0..plan.sockets.max(1)).map(|_| receiver()).collect::<io::Result<_>>()?;
    let addresses: Vec<SocketAddr> = sockets.iter().map(UdpSocket::local_addr).collect::<io::Result<_>>()?;
    let read = Arc::new(AtomicU64::new(0));
    let done = Arc::new(AtomicBool::new(false));
    let reader = {
        let (read, done, core) = (Arc::clone(&read), Arc::clone(&done), plan.read_core);
        std::thread::spawn(move || read_all(&sockets, core, &read, &done))
    };
    let plan = *plan;
    let sender = std::thread::Builder::new().name("sendto".to_owned());
    let sender = sender.spawn(move || send_all(&plan, &addresses))?;
    let sent = sender.join().unwrap_or_else(|_| Err(io::Error::other("the sender broke down")));
    done.store(true, Ordering::Relaxed);
    let _ = reader.join();
    let (sent, cpu) = sent?;
    let share = |us: u64| us as f64 / sent.max(1) as f64;
    Ok(SendtoCost {
        sockets: plan.sockets,
        run: plan.run,
        sent,
        read: read.load(Ordering::Relaxed),
        user_us: share(cpu.user_us),
        system_us: share(cpu.system_us),
    })
}

fn receiver() -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    socket.set_nonblocking(true)?;
    socket2::SockRef::from(&socket).set_recv_buffer_size(SOCKET_BUFFER_BYTES)?;
    Ok(socket)
}

fn read_all(sockets: &[UdpSocket], core: Option<usize>, read: &AtomicU64, done: &AtomicBool) {
    if let Some(core) = core {
        affinity::stay_on(core);
    }
    let mut buffer = [0; 2048];
    loop {
        let last = done.load(Ordering::Relaxed);
        for socket in sockets {
            while socket.recv_from(&mut buffer).is_ok() {
                read.fetch_add(1, Ordering::Relaxed);
            }
        }
        if last {
            return;
        }
        std::thread::sleep(READ_INTERVAL);
    }
}

fn send_all(plan: &SendtoPlan, addresses: &[SocketAddr]) -> io::Result<(u64, CpuTime)> {
    if let Some(core) = plan.send_core {
        affinity::stay_on(core);
    }
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    let state = UdpSocketState::new((&socket).into())?;
    socket.set_nonblocking(false)?;
    let run = plan.run.clamp(1, state.max_gso_segments().max(1));
    let payload = vec![0x5a; DATAGRAM_BYTES * run];
    let before = own_cpu()?;
    let mut sent = 0;
    let mut turn = 0usize;
    let per_pause = (BURST * addresses.len()) as u64;
    let mut pause_at = per_pause;
    while sent < plan.datagrams {
        let destination = addresses[turn % addresses.len()];
        turn += 1;
        if run == 1 {
            socket.send_to(&payload, destination)?;
        } else {
            let segment_size = Some(DATAGRAM_BYTES);
            let transmit = Transmit { destination, ecn: None, contents: &payload, segment_size, src_ip: None };
            state.try_send((&socket).into(), &transmit)?;
        }
        sent += run as u64;
        if sent >= pause_at {
            pause_at += per_pause;
            let until = Instant::now() + 2 * READ_INTERVAL;
            while let Some(rest) = until.checked_duration_since(Instant::now()) {
                std::thread::sleep(rest);
            }
        }
    }
    Ok((sent, own_cpu()?.since(&before)))
}

/// CPU time of this thread.
fn own_cpu() -> io::Result<CpuTime> {
    let thread = std::fs::read_link("/proc/thread-self")?;
    let number = thread.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse::<u32>().ok());
    let number = number.ok_or_else(|| io::Error::other("this thread has no number"))?;
    let threads = process::threads(std::process::id())?;
    threads.get(&number).map(|(_, cpu)| *cpu).ok_or_else(|| io::Error::other("this thread is not listed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_is_read() {
        for run in [1, 4] {
            let plan = SendtoPlan { sockets: 4, run, datagrams: 400, send_core: None, read_core: None };
            let cost = measure(&plan).unwrap();
            assert_eq!((cost.sent, cost.read), (400, 400));
        }
    }
}
