//! What `canbo dev` prints: whom to sign in as, and a first call that works when it is pasted.

use super::load::{CLIENT_SECRET, PASSWORD};
use crate::identity::model::Role;

/// The demo accounts and a line of curl for a service at this address.
pub fn welcome(address: &str) -> String {
    let roles: Vec<_> = Role::ALL.iter().map(|role| role.name()).collect();
    format!(
        "Demo accounts (they exist in the demo province alone), password {PASSWORD}:\n  {}\n\
         Demo system: client demo-system, secret {CLIENT_SECRET}\n\n\
         A first call:\n  \
         curl -s {address}/v1/units?kind=commune -H \"Authorization: Bearer $(curl -s {address}/v1/sessions \
         -H 'Content-Type: application/json' -d '{{\"user_name\": \"reader\", \"password\": \"{PASSWORD}\"}}' \
         | sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/')\"\n",
        roles.join(", ")
    )
}
