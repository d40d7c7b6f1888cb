//! Running one program after another, from the root of the workspace, saying what is run.
use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Why a command came to nothing.
#[derive(Debug)]
pub enum Failure {
    /// The program could not be started.
    NotStarted {
        /// Its name.
        program: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// It ran and failed.
    Failed {
        /// The whole command.
        command: String,
    },
    /// It ran well, and what it made is not right.
    Found(String),
    /// Something that is needed is not on this machine.
    Missing(&'static str),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotStarted { program, error } => write!(f, "{program} cannot be started: {error}"),
            Self::Failed { command } => write!(f, "failed: {command}"),
            Self::Found(what) => f.write_str(what),
            Self::Missing(what) => f.write_str(what),
        }
    }
}

/// The workspace's root.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

/// Where cargo puts the server's binary.
pub fn server_binary() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    target.join("debug").join("viaduct")
}

/// One program with its arguments.
pub struct Step {
    command: Command,
    shown: String,
}

impl Step {
    /// `program`, which is looked up below the root where it holds a slash and on the PATH else.
    pub fn new(program: &str) -> Self {
        let path = if program.contains('/') { root().join(program) } else { PathBuf::from(program) };
        let mut command = Command::new(path);
        command.current_dir(root());
        Self { command, shown: program.to_owned() }
    }

    /// `cargo` with these arguments.
    pub fn cargo<const N: usize>(args: [&str; N]) -> Self {
        Self::new("cargo").args(args)
    }

    /// More arguments.
    pub fn args<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(mut self, args: I) -> Self {
        for arg in args {
            self.shown.push(' ');
            self.shown.push_str(&arg.as_ref().to_string_lossy());
            self.command.arg(arg);
        }
        self
    }

    /// An environment variable.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Another folder to run in, below the root.
    pub fn within(mut self, folder: &str) -> Self {
        self.command.current_dir(root().join(folder));
        self
    }

    /// Runs it to its end.
    pub fn run(mut self) -> Result<(), Failure> {
        println!("+ {}", self.shown);
        match self.command.status() {
            Ok(status) if status.success() => Ok(()),
            Ok(_) => Err(Failure::Failed { command: self.shown }),
            Err(error) => Err(Failure::NotStarted { program: self.shown, error }),
        }
    }

    /// Runs it to its end and shows and gives all that it said.
    pub fn output(mut self) -> Result<String, Failure> {
        println!("+ {}", self.shown);
        let output = match self.command.output() {
            Ok(output) => output,
            Err(error) => return Err(Failure::NotStarted { program: self.shown, error }),
        };
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        print!("{said}");
        if output.status.success() { Ok(said) } else { Err(Failure::Failed { command: self.shown }) }
    }

    /// True where the program starts and ends well; its output is dropped.
    pub fn answers(mut self) -> bool {
        self.command.output().is_ok_and(|output| output.status.success())
    }
}
