//! The hub's own credentials: a certificate authority, a serving certificate, the admin's token.
//!
//! With a folder they are made once and kept in files that only the owner may read; without one
//! they live as long as the hub.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose,
};

use crate::error::HubError;
use crate::names::Names;

const FOLDER: &str = "pki";

/// What the listener presents, and what clients trust.
pub(crate) struct ServingCertificate {
    /// The authority, for kubeconfig files.
    pub(crate) authority: String,
    /// Certificate and key of the server, as PEM.
    pub(crate) certificate: String,
    pub(crate) key: String,
}

/// The administrator's bearer token: the kept one, or a new one.
pub(crate) fn admin_token(folder: Option<&Path>, names: &Names) -> Result<String, HubError> {
    kept(folder, "admin.token", || Ok(names.token()))
}

/// A serving certificate for the names a client may use on this machine and in this cluster.
pub(crate) fn serving(folder: Option<&Path>, host: &str) -> Result<ServingCertificate, HubError> {
    let authority_key = kept(folder, "ca.key", || Ok(new_key()?.serialize_pem()))?;
    let signer = KeyPair::from_pem(&authority_key).map_err(|e| failed("read the CA key", e))?;
    let params = authority_params();
    let authority = kept(folder, "ca.crt", || {
        let signed = params.self_signed(&signer).map_err(|e| failed("sign the CA", e))?;
        Ok(signed.pem())
    })?;
    let key = new_key()?;
    let issuer = Issuer::from_params(&params, &signer);
    let certificate = server_params(host)?
        .signed_by(&key, &issuer)
        .map_err(|e| failed("sign the serving certificate", e))?;
    Ok(ServingCertificate { authority, certificate: certificate.pem(), key: key.serialize_pem() })
}

fn new_key() -> Result<KeyPair, HubError> {
    KeyPair::generate().map_err(|e| failed("make a key", e))
}

fn authority_params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = named("mizzen-hub-ca");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    params
}

fn server_params(host: &str) -> Result<CertificateParams, HubError> {
    let mut names: Vec<String> =
        ["localhost", "127.0.0.1", "::1", "kubernetes", "kubernetes.default.svc"]
            .map(str::to_owned)
            .to_vec();
    if !names.iter().any(|n| n == host) {
        names.push(host.to_owned());
    }
    let mut params =
        CertificateParams::new(names).map_err(|e| failed("name the serving certificate", e))?;
    params.distinguished_name = named("mizzen-hub");
    params.use_authority_key_identifier_extension = true;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    Ok(params)
}

fn named(name: &str) -> DistinguishedName {
    let mut full = DistinguishedName::new();
    full.push(DnType::CommonName, name);
    full
}

fn failed(action: &'static str, why: impl std::fmt::Display) -> HubError {
    HubError::Credentials { path: FOLDER.into(), action, why: why.to_string() }
}

/// The content of a kept file, made and written when it is absent.
fn kept(
    folder: Option<&Path>,
    name: &str,
    make: impl FnOnce() -> Result<String, HubError>,
) -> Result<String, HubError> {
    let Some(folder) = folder else { return make() };
    let folder = folder.join(FOLDER);
    let path = folder.join(name);
    let error = |action, why: std::io::Error| HubError::Credentials {
        path: path.clone(),
        action,
        why: why.to_string(),
    };
    match fs::read_to_string(&path) {
        Ok(text) => return Ok(text),
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => {}
        Err(why) => return Err(error("read", why)),
    }
    let text = make()?;
    fs::create_dir_all(&folder).map_err(|e| error("create the folder", e))?;
    write_private(&path, &text).map_err(|e| error("write", e))?;
    Ok(text)
}

/// Writes a file that only its owner may read.
pub(crate) fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}
