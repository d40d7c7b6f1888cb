//! The command line, made from the table: every setting with a flag, the files to read, the sub-commands.
use super::key::{Key, Kind, Raw};
use super::keys::KEYS;
use super::layer::{Layer, Place, Setting};
use clap::{Arg, ArgAction, ArgMatches, Command};
use std::path::PathBuf;

/// What the program is asked to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Task {
    /// Serve.
    Serve,
    /// Show the configuration in force.
    ShowConfig {
        /// With where each value comes from.
        origin: bool,
    },
    /// Print an example file.
    ExampleConfig,
    /// Print the documentation's table.
    DocumentConfig,
    /// Say what becomes of a v2 `.env`.
    MigrateCheck,
    /// Print a new LiveKit API key with its secret.
    GenerateKeys,
    /// Print the ports that the configuration in force uses.
    Ports,
    /// Print a token with which a LiveKit client may join.
    CreateJoinToken {
        /// The room.
        room: String,
        /// Who joins.
        identity: String,
        /// Hidden, and only subscribing.
        recorder: bool,
    },
    /// List the nodes of a cluster: there is none.
    ListNodes,
    /// Work with the database.
    Database(DatabaseTask),
}

/// What is to be done with the database.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DatabaseTask {
    /// Say which steps it has taken.
    Status,
    /// Take those that are missing.
    Up,
    /// Take the last ones back.
    Down {
        /// How many.
        steps: u32,
        /// It was said that this is meant.
        confirmed: bool,
    },
    /// Look whether it is whole.
    Check,
}

/// The command line, read.
#[derive(Debug)]
pub struct Invocation {
    /// What to do.
    pub task: Task,
    /// The YAML file.
    pub file: Option<PathBuf>,
    /// What would stand in that file, said on the command line instead.
    pub body: Option<String>,
    /// Keys of the file that nobody knows are notes, not errors.
    pub lenient: bool,
    /// The v2 `.env`.
    pub env_file: Option<PathBuf>,
    /// The v2 `.env` that is to be explained.
    pub checked_file: Option<PathBuf>,
    /// The settings among the flags.
    pub layer: Layer,
}

/// The command line's grammar.
pub fn command() -> Command {
    let show = Command::new("show")
        .about("Show the configuration in force, secrets masked")
        .arg(Arg::new("origin").long("origin").action(ArgAction::SetTrue).help("With where each value comes from"));
    let config = Command::new("config")
        .about("Work with the configuration")
        .subcommand_required(true)
        .subcommand(show)
        .subcommand(Command::new("example").about("Print an example file with every setting and its default"))
        .subcommand(Command::new("document").about("Print the table of all settings for the documentation"));
    let env = Arg::new("env").long("env").value_name("FILE").required(true).value_parser(clap::value_parser!(PathBuf));
    let check = Command::new("check")
        .about("Say of every line of an OpenVidu v2 .env whether it is used, changed or ignored, and why")
        .arg(env.help("The .env, as it is"));
    let migrate = Command::new("migrate").about("Move from OpenVidu v2").subcommand_required(true).subcommand(check);
    let file = |id: &'static str, variable: &'static str, help: &'static str| {
        Arg::new(id).long(id).env(variable).value_name("FILE").value_parser(clap::value_parser!(PathBuf)).help(help)
    };
    Command::new("viaduct")
        .version(env!("CARGO_PKG_VERSION"))
        .about("One server for OpenVidu v2 apps and LiveKit apps")
        .arg(file("config", "VIADUCT_CONFIG", "Configuration file (YAML, with LiveKit's key names)").global(true))
        .arg(
            Arg::new("config-body")
                .long("config-body")
                .env("LIVEKIT_CONFIG")
                .hide_env_values(true)
                .value_name("YAML")
                .global(true)
                .help("What would stand in that file; goes before it"),
        )
        .arg(
            Arg::new("disable-strict-config")
                .long("disable-strict-config")
                .action(ArgAction::SetTrue)
                .global(true)
                .help("Keys of the file that nobody knows are no errors"),
        )
        .arg(file("env-file", "VIADUCT_ENV_FILE", "An OpenVidu v2 .env, as it is").global(true))
        .args(KEYS.iter().filter_map(|key| flag(key)))
        .subcommand(config)
        .subcommand(migrate)
        .subcommand(database())
        .subcommands(livekit_commands())
        .after_help(
            "Every setting can also be given in the configuration file or as an environment variable VIADUCT_…; see \
             `viaduct config example`. The last of these wins: defaults, file, .env, environment, flags.",
        )
}

/// `db` with its sub-commands.
fn database() -> Command {
    let steps = Arg::new("steps").long("steps").value_name("NUMBER").default_value("1");
    let steps = steps.value_parser(clap::value_parser!(u32).range(1..=1_000)).help("How many steps");
    let yes = Arg::new("yes").long("yes").action(ArgAction::SetTrue).help("What is in their tables may go");
    Command::new("db")
        .about("Work with the database; exit status 0: as it should be, 1: not, 69: cannot be reached")
        .subcommand_required(true)
        .subcommand(Command::new("status").about("Say which steps to the present form it has taken"))
        .subcommand(Command::new("up").about("Take the steps that are missing, as a server does at its start"))
        .subcommand(Command::new("down").about("Take the last steps back, with their tables").arg(steps).arg(yes))
        .subcommand(Command::new("check").about("Look whether it is whole and every row can be read"))
}

/// The sub-commands of LiveKit's server.
fn livekit_commands() -> [Command; 4] {
    let text =
        |id: &'static str, help: &'static str| Arg::new(id).long(id).value_name("TEXT").required(true).help(help);
    let recorder = Arg::new("recorder").long("recorder").action(ArgAction::SetTrue);
    [
        Command::new("generate-keys").about("Print a new LiveKit API key with its secret"),
        Command::new("ports").about("Print the ports that the configuration in force uses"),
        Command::new("create-join-token")
            .about("Print a token with which a LiveKit client may join, for development")
            .arg(text("room", "Name of the room"))
            .arg(text("identity", "Identity of the participant"))
            .arg(recorder.help("A hidden participant that can only subscribe")),
        Command::new("list-nodes").about("List the nodes of a cluster: this server is one node and has none"),
    ]
}

/// LiveKit's own settings have a flag by their path too, as in LiveKit's server: `--rtc.tcp_port`.
fn flag(key: &'static Key) -> Option<Arg> {
    let in_file_only = matches!(key.kind, Kind::Records(_) | Kind::Sections);
    let arg = match key.flag {
        Some(name) if key.livekit && name != key.path => Arg::new(key.path).long(name).alias(key.path),
        Some(name) => Arg::new(key.path).long(name),
        None if key.livekit && !in_file_only => Arg::new(key.path).long(key.path).hide(true),
        None => return None,
    };
    let arg = arg.global(true);
    let default = match (key.is_secret(), key.default) {
        (true, _) | (_, "") => String::new(),
        (false, default) => format!(" [default: {default}]"),
    };
    let help = format!("{}{default}", key.doc);
    Some(match key.kind {
        Kind::Flag => {
            arg.num_args(0..=1).require_equals(true).default_missing_value("true").value_name("BOOL").help(help)
        }
        Kind::Addresses | Kind::Ranges | Kind::List | Kind::Secrets => {
            arg.action(ArgAction::Append).value_name("LIST").help(help)
        }
        Kind::Number(..) | Kind::Seconds(..) | Kind::Port | Kind::UdpPorts => arg.value_name("NUMBER").help(help),
        Kind::Path => arg.value_name("PATH").help(help),
        Kind::Text | Kind::Secret | Kind::Choice(_) | Kind::Url | Kind::Pairs | Kind::Sections | Kind::Records(_) => {
            arg.value_name("TEXT").help(help)
        }
    })
}

/// Reads a command line, the program's name first.
pub fn read(arguments: impl IntoIterator<Item = std::ffi::OsString>) -> Result<Invocation, clap::Error> {
    let matches = command().try_get_matches_from(arguments)?;
    Ok(Invocation {
        task: task(&matches),
        file: matches.get_one::<PathBuf>("config").cloned(),
        body: matches.get_one::<String>("config-body").cloned(),
        lenient: matches.get_flag("disable-strict-config"),
        env_file: matches.get_one::<PathBuf>("env-file").cloned(),
        checked_file: checked_file(&matches),
        layer: layer(&matches),
    })
}

fn task(matches: &ArgMatches) -> Task {
    match matches.subcommand() {
        Some(("config", config)) => match config.subcommand() {
            Some(("show", show)) => Task::ShowConfig { origin: show.get_flag("origin") },
            Some(("example", _)) => Task::ExampleConfig,
            Some(_) | None => Task::DocumentConfig,
        },
        Some(("migrate", _)) => Task::MigrateCheck,
        Some(("db", asked)) => Task::Database(match asked.subcommand() {
            Some(("status", _)) => DatabaseTask::Status,
            Some(("up", _)) => DatabaseTask::Up,
            Some(("down", down)) => DatabaseTask::Down {
                steps: down.get_one::<u32>("steps").copied().unwrap_or(1),
                confirmed: down.get_flag("yes"),
            },
            Some(_) | None => DatabaseTask::Check,
        }),
        Some(("generate-keys", _)) => Task::GenerateKeys,
        Some(("ports", _)) => Task::Ports,
        Some(("list-nodes", _)) => Task::ListNodes,
        Some(("create-join-token", asked)) => {
            let text = |id: &str| asked.get_one::<String>(id).cloned().unwrap_or_default();
            Task::CreateJoinToken {
                room: text("room"),
                identity: text("identity"),
                recorder: asked.get_flag("recorder"),
            }
        }
        Some(_) | None => Task::Serve,
    }
}

fn checked_file(matches: &ArgMatches) -> Option<PathBuf> {
    let (_, migrate) = matches.subcommand().filter(|(name, _)| *name == "migrate")?;
    migrate.subcommand_matches("check")?.get_one::<PathBuf>("env").cloned()
}

fn layer(matches: &ArgMatches) -> Layer {
    let mut layer = Layer::default();
    for key in KEYS {
        // A setting without a flag is no argument at all.
        let Ok(Some(values)) = matches.try_get_many::<String>(key.path) else { continue };
        let flag = key.flag.unwrap_or(key.path);
        let values: Vec<String> = values.cloned().collect();
        let raw = match <[String; 1]>::try_from(values) {
            Ok([value]) => Raw::Text(value),
            Err(values) => Raw::List(values),
        };
        layer.settings.push(Setting { key, raw, place: Place::Flag(flag.to_owned()) });
    }
    layer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_words(words: &str) -> Invocation {
        read(words.split(' ').map(Into::into)).unwrap()
    }

    #[test]
    fn the_grammar_is_sound() {
        command().debug_assert();
    }

    #[test]
    fn flags_become_settings_wherever_they_stand() {
        for words in [
            "viaduct --dev --port 1 --node-ip ::1 --node-ip 192.0.2.1 config show --origin",
            "viaduct config show --origin --dev --port 1 --node-ip ::1 --node-ip 192.0.2.1",
        ] {
            let invocation = read_words(words);
            assert_eq!(invocation.task, Task::ShowConfig { origin: true });
            let said: Vec<_> = invocation.layer.settings.iter().map(|set| (set.key.path, set.raw.clone())).collect();
            let ips = Raw::List(vec!["::1".into(), "192.0.2.1".into()]);
            let expected =
                [("development", Raw::Text("true".into())), ("port", Raw::Text("1".into())), ("rtc.node_ip", ips)];
            assert_eq!(said, expected, "{words}");
        }
    }

    #[test]
    fn livekits_own_flags_and_commands_are_known() {
        let words =
            "viaduct --rtc.tcp_port 9 --room.max_participants=3 create-join-token --room r --identity i --recorder";
        let invocation = read_words(words);
        let said: Vec<_> = invocation.layer.settings.iter().map(|set| set.key.path).collect();
        assert_eq!(said, ["rtc.tcp_port", "room.max_participants"]);
        let (room, identity) = ("r".to_owned(), "i".to_owned());
        assert_eq!(invocation.task, Task::CreateJoinToken { room, identity, recorder: true });
        let cases = [("generate-keys", Task::GenerateKeys), ("ports", Task::Ports), ("list-nodes", Task::ListNodes)];
        for (word, task) in cases {
            assert_eq!(read_words(&format!("viaduct {word}")).task, task);
        }
        assert!(read("viaduct create-join-token --room r".split(' ').map(Into::into)).is_err(), "whose?");
    }

    #[test]
    fn the_database_is_taken_down_only_by_those_who_say_yes() {
        let task = |words: &str| read_words(words).task;
        let down = |steps, confirmed| Task::Database(DatabaseTask::Down { steps, confirmed });
        assert_eq!(task("viaduct db down"), down(1, false));
        assert_eq!(task("viaduct db down --steps 2 --yes"), down(2, true));
        assert_eq!(task("viaduct db check --data-dir d"), Task::Database(DatabaseTask::Check));
        assert!(read("viaduct db".split(' ').map(Into::into)).is_err(), "what?");
    }

    #[test]
    fn a_file_to_be_checked_is_not_the_file_to_be_read() {
        let invocation = read_words("viaduct migrate check --env /opt/openvidu/.env");
        assert_eq!(invocation.task, Task::MigrateCheck);
        assert_eq!(invocation.checked_file, Some(PathBuf::from("/opt/openvidu/.env")));
        assert_eq!(invocation.env_file, None);
        assert!(read("viaduct migrate check".split(' ').map(Into::into)).is_err(), "which file?");
    }

    #[test]
    fn a_mistyped_flag_is_refused_with_the_nearest() {
        let error = read(["viaduct", "--prot", "1"].map(Into::into)).unwrap_err().to_string();
        assert!(error.contains("--port"), "{error}");
    }
}
