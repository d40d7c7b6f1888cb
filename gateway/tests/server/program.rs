//! The program itself, started as operators do, and killed as no operator should.
use crate::kit::{Folder, PATIENCE};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The program while it runs: gone with the test, whatever becomes of that.
pub struct Program {
    child: Child,
    pub port: u16,
    /// From its start to the first answer of its API.
    pub answered_after: Duration,
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may be dead already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program of this build, or the one that `SERVER_BIN` names.
fn binary() -> String {
    std::env::var("SERVER_BIN").unwrap_or_else(|_| env!("CARGO_BIN_EXE_viaduct").to_owned())
}

impl Program {
    /// Starts it on free ports and waits until it answers.
    pub fn start(folder: &Folder, settings: &[(&str, &str)]) -> Self {
        Self::start_by(Command::new(binary()), folder, settings)
    }

    fn start_by(mut command: Command, folder: &Folder, settings: &[(&str, &str)]) -> Self {
        let started = Instant::now();
        let mut child = command
            .args(["--dev", "--port", "0", "--tls-port", "0", "--udp-port", "0", "--tcp-port", "0", "--workers", "1"])
            .arg("--data-dir")
            .arg(&folder.0)
            .envs(settings.iter().copied())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (said, saying) = std::sync::mpsc::channel();
        // Its output is read to its end, or the next line that it prints would end it.
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if let Some(rest) = line.trim().strip_prefix("LiveKit      ws://localhost:") {
                    let _ = said.send(rest.split_whitespace().next().unwrap().parse().unwrap());
                }
            }
        });
        let port = saying.recv_timeout(PATIENCE).expect("it starts in time");
        let mut program = Self { child, port, answered_after: Duration::ZERO };
        program.until_it_answers();
        program.answered_after = started.elapsed();
        program
    }

    fn until_it_answers(&self) {
        use std::io::{Read, Write};
        let until = Instant::now() + PATIENCE;
        let ask = || {
            let mut stream = std::net::TcpStream::connect(("127.0.0.1", self.port))?;
            stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            Ok::<bool, std::io::Error>(answer.starts_with("HTTP/1.1 200"))
        };
        while !ask().unwrap_or(false) {
            assert!(Instant::now() < until, "it answers in time");
        }
    }

    /// SIGKILL: it has no time for anything.
    pub fn kill(self) {
        drop(self);
    }
}

/// Runs one of its commands on a data folder; gives the exit status and what it printed.
pub fn command(folder: &Folder, words: &[&str], settings: &[(&str, &str)]) -> (Option<i32>, String) {
    let output = Command::new(binary())
        .args(words)
        .arg("--dev")
        .arg("--data-dir")
        .arg(&folder.0)
        .envs(settings.iter().copied())
        .output()
        .unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.code(), text)
}

#[test]
fn it_may_have_as_many_files_open_as_the_system_allows() {
    let mut shell = Command::new("sh");
    shell.args(["-c", "ulimit -Sn 128 && exec \"$@\"", "sh"]).arg(binary());
    let program = Program::start_by(shell, &Folder::new(), &[]);
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", program.child.id())).unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    let numbers: Vec<&str> = line.split_whitespace().skip(3).take(2).collect();
    assert_eq!(numbers[0], numbers[1], "the soft limit is the hard one: {line}");
}
