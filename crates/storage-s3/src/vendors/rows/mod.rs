//! The rows. A comment with a link stands at each difference that the service itself, or a run against it, shows.
//!
//! Where the page in `docs` does not speak of a detail of listings, tags or addresses, the row follows what the users
//! of rclone found out: <https://rclone.org/s3/>. What nobody describes stays as in [`Quirks::GENERIC`](super::Quirks).

mod aws;
mod hosted_a_to_l;
mod hosted_m_to_z;
mod servers;

use super::Vendor;

const GROUPS: [&[Vendor]; 4] = [aws::ROWS, hosted_a_to_l::ROWS, hosted_m_to_z::ROWS, servers::ROWS];

const COUNT: usize = {
    let mut count = 0;
    let mut group = 0;
    while group < GROUPS.len() {
        count += GROUPS[group].len();
        group += 1;
    }
    count
};

/// Every service and server that is known, a row each.
pub static VENDORS: &[Vendor] = &joined();

const fn joined() -> [Vendor; COUNT] {
    let mut all = [Vendor::UNKNOWN; COUNT];
    let (mut at, mut group) = (0, 0);
    while group < GROUPS.len() {
        let mut row = 0;
        while row < GROUPS[group].len() {
            all[at] = GROUPS[group][row];
            at += 1;
            row += 1;
        }
        group += 1;
    }
    all
}
