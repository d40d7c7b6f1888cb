//! `viaduct migrate check`: says of every line of an OpenVidu v2 `.env` what becomes of it and why. Values are not shown: some
//! are secrets.
use super::dotenv::{Line, by_name, is_off, is_slip, lines, unknown};
use super::key::Raw;
use super::layer::Place;
use super::v2_names::{Fate, v2_name};
use std::fmt;

/// What becomes of one line.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Verdict {
    /// Acted upon as v2 does.
    Used,
    /// Acted upon in another way, or by another setting.
    Changed,
    /// Without effect.
    Ignored,
    /// Nothing can be made of it: the server would not start.
    Wrong,
}

/// One line's verdict.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// The line's number, from 1.
    pub line: u64,
    /// The name; empty where the line has none.
    pub name: String,
    /// What becomes of it.
    pub verdict: Verdict,
    /// Why, or by which setting.
    pub why: String,
}

/// A whole file's verdict.
#[derive(Debug)]
pub struct Checked {
    file: String,
    /// Line by line.
    pub findings: Vec<Finding>,
}

/// Checks `source`, the text of the file called `file`.
pub fn check(file: &str, source: &str) -> Checked {
    let findings = lines(source).map(|(line, said)| {
        let (name, (verdict, why)) = match said {
            Line::Entry(name, value) => (name, judge(file, line, name, value)),
            Line::Rubbish => ("", (Verdict::Wrong, "not of the form NAME=value".to_owned())),
        };
        Finding { line, name: name.to_owned(), verdict, why }
    });
    Checked { file: file.to_owned(), findings: findings.collect() }
}

fn judge(file: &str, line: u64, name: &str, value: &str) -> (Verdict, String) {
    if let Some(key) = by_name(name) {
        if value.is_empty() {
            return (Verdict::Used, format!("as `{}`; it is empty, so the default holds", key.path));
        }
        return match key.kind.read(&Raw::Text(value.to_owned())) {
            Some(_) => (Verdict::Used, format!("as `{}`", key.path)),
            None => (Verdict::Wrong, format!("write {}", key.kind.allowed())),
        };
    }
    if let Some(row) = v2_name(name) {
        let verdict = match row.fate {
            Fate::Changed => Verdict::Changed,
            Fate::NotBuilt if is_off(value) => return (Verdict::Used, "it is off, as it is here".to_owned()),
            Fate::Ignored | Fate::NotBuilt => Verdict::Ignored,
        };
        return (verdict, row.why.to_owned());
    }
    let problem = unknown(&Place::Line(file.to_owned(), line), name);
    if is_slip(name, &problem) {
        (Verdict::Wrong, problem.text)
    } else {
        (Verdict::Ignored, "not a name of OpenVidu's".to_owned())
    }
}

impl Checked {
    /// True where nothing in the file keeps a server from starting.
    pub fn is_usable(&self) -> bool {
        self.count(Verdict::Wrong) == 0
    }

    fn count(&self, verdict: Verdict) -> usize {
        self.findings.iter().filter(|finding| finding.verdict == verdict).count()
    }
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdicts = [
            (Verdict::Wrong, "wrong"),
            (Verdict::Used, "used"),
            (Verdict::Changed, "changed"),
            (Verdict::Ignored, "ignored"),
        ];
        let width = self.findings.iter().map(|finding| finding.name.len()).max().unwrap_or_default();
        for (verdict, word) in verdicts {
            for finding in self.findings.iter().filter(|finding| finding.verdict == verdict) {
                writeln!(f, "{word:<8} {:>4}  {:<width$}  {}", finding.line, finding.name, finding.why)?;
            }
        }
        let counts = verdicts.map(|(verdict, word)| format!("{} {word}", self.count(verdict))).join(", ");
        writeln!(f, "{}: {counts}", self.file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names of a Community deployment's file with values as they are there or might be.
    const COMMUNITY: &str = "\
DOMAIN_OR_PUBLIC_IP=meet.example.org
OPENVIDU_SECRET=a-long-enough-secret-of-mine
CERTIFICATE_TYPE=letsencrypt
LETSENCRYPT_EMAIL=user@example.com
HTTP_PORT=80
HTTPS_PORT=443
SUPPORT_DEPRECATED_API=true
REDIRECT_WWW=false
WORKER_CONNECTIONS=10240
ALLOWED_ACCESS_TO_DASHBOARD=198.51.100.1, 198.51.100.0/24
ALLOWED_ACCESS_TO_RESTAPI=198.51.100.1, 198.51.100.0/24
OPENVIDU_RECORDING=true
OPENVIDU_RECORDING_DEBUG=false
OPENVIDU_RECORDING_PATH=/opt/openvidu/recordings
OPENVIDU_RECORDING_CUSTOM_LAYOUT=/opt/openvidu/custom-layout
OPENVIDU_RECORDING_PUBLIC_ACCESS=false
OPENVIDU_RECORDING_NOTIFICATION=publisher_moderator
OPENVIDU_RECORDING_AUTOSTOP_TIMEOUT=120
OPENVIDU_RECORDING_COMPOSED_URL=
OPENVIDU_RECORDING_COMPOSED_BASICAUTH=true
OPENVIDU_RECORDING_VERSION=2.32.1
OPENVIDU_RECORDING_IMAGE=openvidu/openvidu-record
OPENVIDU_RECORDING_ENABLE_GPU=false
OPENVIDU_STREAMS_VIDEO_MAX_RECV_BANDWIDTH=1000
OPENVIDU_STREAMS_VIDEO_MIN_RECV_BANDWIDTH=300
OPENVIDU_STREAMS_VIDEO_MAX_SEND_BANDWIDTH=0
OPENVIDU_STREAMS_VIDEO_MIN_SEND_BANDWIDTH=300
OPENVIDU_STREAMS_FORCED_VIDEO_CODEC=MEDIA_SERVER_PREFERRED
OPENVIDU_STREAMS_ALLOW_TRANSCODING=false
OPENVIDU_WEBRTC_SIMULCAST=false
OPENVIDU_WEBRTC_ICE_SERVERS=[\\\"url=turns:turn.example.org:443,username=u,credential=c\\\"]
OPENVIDU_WEBHOOK=false
OPENVIDU_WEBHOOK_ENDPOINT=
OPENVIDU_WEBHOOK_HEADERS=[]
OPENVIDU_WEBHOOK_EVENTS=[sessionCreated,sessionDestroyed,participantJoined,participantLeft]
OPENVIDU_SESSIONS_GARBAGE_INTERVAL=900
OPENVIDU_SESSIONS_GARBAGE_THRESHOLD=3600
OPENVIDU_CDR=false
OPENVIDU_CDR_PATH=/opt/openvidu/cdr
COTURN_IP=auto-ipv4
COTURN_PORT=3478
COTURN_SHARED_SECRET_KEY=another-secret-of-mine
COTURN_INTERNAL_RELAY=false
COTURN_REDIS_IP=127.0.0.1
KMS_URIS=[\"ws://localhost:8888/kurento\"]
KMS_IMAGE=kurento/kurento-media-server:6.18.0
KMS_DOCKER_ENV_GST_DEBUG=
OV_CE_DEBUG_LEVEL=INFO
JAVA_OPTIONS=-Xms2048m -Xmx4096m -Duser.timezone=UTC
";

    /// What the file of a Pro or Enterprise deployment has beside that.
    const PRO: &str = "\
OPENVIDU_PRO_LICENSE=the-license-of-mine
OPENVIDU_EDITION=pro
OPENVIDU_ENTERPRISE_MEDIA_SERVER=mediasoup
OPENVIDU_PRO_CLUSTER_MODE=manual
OPENVIDU_PRO_CLUSTER_ENVIRONMENT=on_premise
OPENVIDU_PRO_CLUSTER_ID=c
OPENVIDU_PRO_CLUSTER_MEDIA_NODES=1
OPENVIDU_PRO_CLUSTER_LOAD_INTERVAL=5
OPENVIDU_PRO_CLUSTER_AUTOSCALING=false
OPENVIDU_PRO_CLUSTER_AUTOSCALING_INTERVAL=10
OPENVIDU_PRO_CLUSTER_AUTOSCALING_MAX_NODES=3
OPENVIDU_PRO_CLUSTER_AUTOSCALING_MIN_NODES=1
OPENVIDU_PRO_CLUSTER_AUTOSCALING_MAX_LOAD=70
OPENVIDU_PRO_CLUSTER_AUTOSCALING_MIN_LOAD=30
OPENVIDU_PRO_CLUSTER_LOAD_STRATEGY=streams
OPENVIDU_PRO_CLUSTER_RECONNECTION_TIMEOUT=3
OPENVIDU_PRO_NETWORK_QUALITY=false
OPENVIDU_PRO_NETWORK_QUALITY_INTERVAL=5
OPENVIDU_PRO_ELASTICSEARCH=true
OPENVIDU_PRO_ELASTICSEARCH_MAX_DAYS_DELETE=7
OPENVIDU_PRO_ELASTICSEARCH_HOST=http://127.0.0.1:9200
OPENVIDU_PRO_KIBANA_HOST=http://127.0.0.1/kibana
OPENVIDU_PRO_STATS_SESSION_INTERVAL=5
OPENVIDU_PRO_STATS_SERVER_INTERVAL=10
OPENVIDU_PRO_STATS_MONITORING_INTERVAL=10
OPENVIDU_PRO_STATS_WEBRTC_INTERVAL=30
OPENVIDU_PRO_SPEECH_TO_TEXT=azure
OPENVIDU_PRO_SPEECH_TO_TEXT_IMAGE=
OPENVIDU_PRO_SPEECH_TO_TEXT_AZURE_KEY=the-azure-key-of-mine
OPENVIDU_PRO_SPEECH_TO_TEXT_AZURE_REGION=westeurope
OPENVIDU_PRO_SPEECH_TO_TEXT_VOSK_MODEL_LOAD_STRATEGY=on_demand
OPENVIDU_BROWSER_LOGS=disabled
OPENVIDU_PRO_RECORDING_STORAGE=s3
OPENVIDU_PRO_AWS_S3_BUCKET=bucket
OPENVIDU_PRO_AWS_S3_HEADERS={\"x-amz-server-side-encryption\":\"AES256\"}
OPENVIDU_PRO_AWS_S3_SERVICE_ENDPOINT=http://127.0.0.1:9000
OPENVIDU_PRO_AWS_S3_WITH_PATH_STYLE_ACCESS=true
OPENVIDU_PRO_AWS_ACCESS_KEY=the-access-key-of-mine
OPENVIDU_PRO_AWS_SECRET_KEY=the-aws-secret-of-mine
OPENVIDU_PRO_AWS_REGION=eu-west-1
OPENVIDU_PRO_COTURN_IN_MEDIA_NODES=false
OPENVIDU_PRO_DOCKER_REGISTRIES=[\"serveraddress=r.example.org,username=u,password=of-mine\"]
ELASTICSEARCH_USERNAME=elasticadmin
ELASTICSEARCH_PASSWORD=the-elastic-password-of-mine
ES_JAVA_OPTS=-Xms2048m -Xmx4096m
MEDIA_NODES_PUBLIC_IPS=[\"10.0.0.1:198.51.100.7\"]
AWS_DEFAULT_REGION=
AWS_INSTANCE_TYPE=c5.xlarge
";

    #[test]
    fn every_name_of_an_untouched_file_has_its_verdict_and_reason() {
        let checked = check(".env", &format!("{COMMUNITY}{PRO}"));
        assert_eq!(checked.findings.len(), COMMUNITY.lines().count() + PRO.lines().count());
        for finding in &checked.findings {
            assert!(finding.why.len() > 10, "{finding:?}");
            assert_ne!(finding.why, "not a name of OpenVidu's", "{}", finding.name);
            assert_ne!(finding.verdict, Verdict::Wrong, "{finding:?}");
        }
        assert!(checked.is_usable());
        assert!(!checked.to_string().contains("of-mine"), "secrets are not shown: {checked}");
    }

    #[test]
    fn verdicts_are_those_of_the_tables() {
        let checked = check(".env", &format!("{COMMUNITY}{PRO}"));
        let cases = [
            ("OPENVIDU_SECRET", Verdict::Used, "openvidu.secret"),
            ("OPENVIDU_WEBRTC_ICE_SERVERS", Verdict::Used, "openvidu.webrtc_ice_servers"),
            ("ALLOWED_ACCESS_TO_RESTAPI", Verdict::Used, "allowed_access_to_restapi"),
            ("OPENVIDU_RECORDING_COMPOSED_URL", Verdict::Used, "empty"),
            ("OPENVIDU_BROWSER_LOGS", Verdict::Used, "off"),
            ("HTTP_PORT", Verdict::Changed, "port"),
            ("MEDIA_NODES_PUBLIC_IPS", Verdict::Changed, "rtc.node_ip"),
            ("KMS_IMAGE", Verdict::Ignored, "Kurento"),
            ("OPENVIDU_PRO_SPEECH_TO_TEXT", Verdict::Ignored, "not built"),
            ("OPENVIDU_PRO_CLUSTER_MODE", Verdict::Ignored, "cluster"),
        ];
        for (name, verdict, word) in cases {
            let finding = checked.findings.iter().find(|finding| finding.name == name).unwrap();
            assert_eq!(finding.verdict, verdict, "{finding:?}");
            assert!(finding.why.contains(word), "{finding:?}");
        }
    }

    #[test]
    fn what_would_keep_a_server_from_starting_comes_first() {
        let source = "MY_OWN=1\nOPENVIDU_SECRT=x\nHTTPS_PORT=many\nno sign\nOPENVIDU_RECORDING=perhaps\n";
        let checked = check("/opt/openvidu/.env", source);
        assert!(!checked.is_usable());
        let text = checked.to_string();
        let words: Vec<&str> = text.lines().map(|line| line.split(' ').next().unwrap()).collect();
        assert_eq!(words, ["wrong", "wrong", "wrong", "wrong", "ignored", "/opt/openvidu/.env:"]);
        assert!(text.contains("did you mean OPENVIDU_SECRET?"), "{text}");
        assert!(text.ends_with("4 wrong, 0 used, 0 changed, 1 ignored\n"), "{text}");
    }
}
