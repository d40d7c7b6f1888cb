//! What the program prints when it is up: where it is, with which secrets (in development mode only), and what next.
use crate::app::Running;
use sfu_core::capability::Profile;
use std::fmt::Write;

/// The text, several lines.
pub fn text(running: &Running) -> String {
    let config = running.config();
    let mut text = String::new();
    let mode = if config.dev { ", development mode" } else { "" };
    let udp = running.media_ports().into_iter().map(|port| format!("UDP {port}"));
    let tcp = running.media_tcp_port().map(|port| format!("TCP {port}"));
    let media = udp.chain(tcp).collect::<Vec<_>>().join(", ");
    let (port, tls_port) = (running.port, running.tls_port);
    let lines = [
        format!("Viaduct {} (profile {}{mode})", env!("CARGO_PKG_VERSION"), config.profile),
        format!("  LiveKit      ws://localhost:{port}     http://localhost:{port}"),
        format!("  OpenVidu v2  wss://localhost:{tls_port}    https://localhost:{tls_port}"),
        format!("  Media        {media}"),
    ];
    for line in lines {
        push(&mut text, &line);
    }
    if config.dev {
        for (key, secret) in &config.livekit.keys {
            push(&mut text, &format!("  LiveKit API key {key}, secret {}", secret.expose()));
        }
        push(&mut text, &format!("  OpenVidu user OPENVIDUAPP, secret {}", config.v2.secret.expose()));
        if config.profile == Profile::Mediasoup {
            let all = Profile::Full.name();
            push(
                &mut text,
                &format!("  Data messages, speaker detection and dynacast are off: --profile {all} has them"),
            );
        }
        push(&mut text, &format!("Next: open http://localhost:{port}/try, or point an app at one of these addresses."));
    }
    text
}

fn push(text: &mut String, line: &str) {
    // Writing to a string does not fail.
    let _ = writeln!(text, "{line}");
}
