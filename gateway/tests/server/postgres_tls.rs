//! PostgreSQL over TLS: a server with a certificate of a made-up authority, which takes nobody without TLS.
use crate::ground::Ground;
use crate::postgres::Postgres;
use gateway::store::StoreError;
use gateway::webhook::Scribe;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use std::net::TcpListener;
use std::path::Path;

/// The authority's certificate, in the cluster's folder.
const AUTHORITY: &str = "authority.pem";

/// Writes a certificate for `localhost`, its key and its authority.
fn certify(folder: &Path) {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    std::fs::write(folder.join(AUTHORITY), authority.self_signed(&key).unwrap().pem()).unwrap();
    let issuer = Issuer::new(authority, key);
    let key = KeyPair::generate().unwrap();
    let own = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    std::fs::write(folder.join("server.crt"), own.pem()).unwrap();
    std::fs::write(folder.join("server.key"), key.serialize_pem()).unwrap();
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(folder.join("server.key"), private).unwrap();
}

/// A server that listens to TLS on this port of this machine, and its authority's certificate.
fn server(authority: &Path) -> Option<(Postgres, u16)> {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let prepare = |folder: &Path| {
        certify(folder);
        std::fs::copy(folder.join(AUTHORITY), authority).unwrap();
        let settings = std::fs::read_to_string(folder.join("postgresql.conf")).unwrap();
        std::fs::write(folder.join("postgresql.conf"), format!("{settings}\nssl = on\n")).unwrap();
        let who = "local all all trust\nhostssl all all 127.0.0.1/32 trust\nhostnossl all all all reject\n";
        std::fs::write(folder.join("pg_hba.conf"), who).unwrap();
        "127.0.0.1"
    };
    Postgres::start_with(port, prepare).map(|server| (server, port))
}

/// Why the store does not open.
async fn refused(url: &str) -> String {
    let ground = Ground::at(url);
    let opened =
        gateway::store::Store::open(&ground.folder.0, &ground.config.database, ground.settings(), Scribe::default());
    match opened.await {
        Err(error @ StoreError::Database { .. }) => error.to_string(),
        Err(error) => panic!("{url}: {error}"),
        Ok(_) => panic!("{url}: it opens"),
    }
}

#[tokio::test]
async fn the_store_speaks_tls_and_believes_whom_the_url_says() {
    let kept = crate::kit::Folder::new();
    let authority = kept.0.join(AUTHORITY);
    let Some((server, port)) = server(&authority) else { return };
    server.make("calls");
    let at = |host: &str, query: &str| format!("postgres://postgres:hush@{host}:{port}/calls?{query}");
    let root = format!("sslrootcert={}", authority.display());
    for url in [
        at("localhost", "sslmode=require"),
        at("127.0.0.1", "sslmode=prefer"),
        at("127.0.0.1", &format!("sslmode=verify-ca&{root}")),
        at("localhost", &format!("sslmode=verify-full&{root}")),
    ] {
        let ground = Ground::at(&url);
        let (store, _) = ground.open().await;
        store.handles.outbox.ping().await.unwrap();
        let asked = "SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'viaduct'";
        let beside = ground.beside().await;
        let rows = beside.query_all_raw(Statement::from_string(DbBackend::Postgres, asked)).await.unwrap();
        let over_tls: Vec<bool> = rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
        assert!(!over_tls.is_empty() && over_tls.iter().all(|is_tls| *is_tls), "{url}: {over_tls:?}");
        beside.close().await.unwrap();
        store.close().await;
    }
    for (url, why) in [
        (at("localhost", "sslmode=verify-full"), "UnknownIssuer"),
        (at("localhost", "sslmode=verify-ca"), "UnknownIssuer"),
        (at("127.0.0.1", &format!("sslmode=verify-full&{root}")), "not valid for name"),
        (at("localhost", "sslmode=disable"), "pg_hba.conf rejects connection"),
    ] {
        let said = refused(&url).await;
        assert!(said.contains(why) && !said.contains("hush"), "{url}: {said}");
    }
}

#[tokio::test]
async fn a_server_without_tls_is_not_taken_where_tls_is_asked_for() {
    let Some(url) = Postgres::shared() else { return };
    let said = refused(&format!("{url}&sslmode=require")).await;
    assert!(said.contains("server does not support TLS"), "{said}");
}
