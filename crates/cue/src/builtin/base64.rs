//! `encoding/base64`. The encoding argument must be null: the standard alphabet with padding.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::args::*;
use crate::data::Data;
use crate::func::{CallError, CallResult, Package};
use crate::kind::Kind;

pub(super) const PACKAGE: Package = Package {
    path: "encoding/base64",
    functions: &[
        data("EncodedLen", &[TOP, INT], Kind::INT, |a| {
            checked(a)?;
            int((int_at(a, 1)? + 2) / 3 * 4)
        }),
        data("DecodedLen", &[TOP, INT], Kind::INT, |a| {
            checked(a)?;
            int(int_at(a, 1)? / 4 * 3)
        }),
        data("Encode", &[TOP, TEXT], Kind::STRING, |a| {
            checked(a)?;
            text(STANDARD.encode(octets(a, 1)))
        }),
        data("Decode", &[TOP, STR], Kind(Kind::BYTES.0 | Kind::STRING.0), decode),
    ],
    values: "",
};

fn checked(a: &[Data]) -> Result<(), CallError> {
    match a[0] {
        Data::Null => Ok(()),
        _ => Err(CallError::fatal("base64: unsupported encoding: cannot use value as null")),
    }
}

fn decode(a: &[Data]) -> CallResult {
    checked(a)?;
    let clean: String = str_at(a, 1).chars().filter(|c| *c != '\n' && *c != '\r').collect();
    STANDARD.decode(clean).map(Data::bytes).map_err(|_| CallError::fatal("illegal base64 data"))
}
