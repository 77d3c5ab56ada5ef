//! Keys and certificates of a control plane: one authority, a serving certificate for loopback, and
//! the key that signs service account tokens.

use std::path::Path;

use anyhow::{Context, Result};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};

/// Writes `ca.crt`, `server.crt`, `server.key`, `sa.key` and `sa.pub` into a folder.
pub(crate) fn write(folder: &Path) -> Result<()> {
    let authority_key = KeyPair::generate().context("making the authority's key")?;
    let authority = authority()?;
    let certificate = authority.self_signed(&authority_key).context("signing the authority")?;
    let issuer = Issuer::new(authority, authority_key);
    let server_key = KeyPair::generate().context("making the server's key")?;
    let server = server()?.signed_by(&server_key, &issuer).context("signing the server")?;
    put(folder, "ca.crt", &certificate.pem())?;
    put(folder, "server.crt", &server.pem())?;
    put(folder, "server.key", &server_key.serialize_pem())?;
    let signer = KeyPair::generate().context("making the token signer's key")?;
    put(folder, "sa.key", &signer.serialize_pem())?;
    put(folder, "sa.pub", &signer.public_key_pem())
}

fn authority() -> Result<CertificateParams> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    params.distinguished_name.push(DnType::CommonName, "mizzen-test-ca");
    Ok(params)
}

fn server() -> Result<CertificateParams> {
    let names = ["localhost", "127.0.0.1", "kubernetes", "kubernetes.default.svc"];
    let mut params = CertificateParams::new(names.map(String::from).to_vec())?;
    params.distinguished_name.push(DnType::CommonName, "kube-apiserver");
    Ok(params)
}

fn put(folder: &Path, name: &str, text: &str) -> Result<()> {
    let path = folder.join(name);
    std::fs::write(&path, text).with_context(|| format!("writing {}", path.display()))
}
