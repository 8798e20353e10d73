//! What holds for all requests and signatures.

use std::cmp::Ordering;

use http::Method;
use proptest::prelude::*;
use ring::hmac;

use super::{ACCOUNT, at, key, parameter, reading, signed};
use crate::sign::order::compare;
use crate::sign::sas::{Grant, Resource, ResponseHeaders, ServiceSas};

fn names() -> impl Strategy<Value = String> {
    "[-'_a-c0-2]{0,6}"
}

proptest! {
    #[test]
    fn names_have_one_order(a in names(), b in names(), c in names()) {
        prop_assert_eq!(compare(&a, &b), compare(&b, &a).reverse());
        prop_assert_eq!(compare(&a, &b) == Ordering::Equal, a == b);
        if compare(&a, &b).is_le() && compare(&b, &c).is_le() {
            prop_assert!(compare(&a, &c).is_le());
        }
    }

    #[test]
    fn the_order_of_headers_and_parameters_does_not_matter(
        pairs in proptest::collection::btree_map("x-ms-[-_a-c0-2]{1,6}", "[!-~]{0,4}", 0..6),
        query in proptest::collection::vec(("[a-cA-C]{1,2}", "[a-c]{0,2}"), 0..6),
        seed in any::<u64>(),
    ) {
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let query: Vec<_> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let (mut pairs2, mut query2) = (pairs.clone(), query.clone());
        pairs2.rotate_left(seed as usize % pairs.len().max(1));
        query2.rotate_left(seed as usize % query.len().max(1));
        query2.reverse();
        let (one, two) = (format!("/c?{}", query.join("&")), format!("/c?{}", query2.join("&")));
        prop_assert_eq!(signed(&Method::GET, &one, &pairs, 1), signed(&Method::GET, &two, &pairs2, 1));
    }

    #[test]
    fn fault_174_any_target_can_be_signed(target in any::<String>()) {
        let text = signed(&Method::GET, &target, &[], 0);
        prop_assert!(text.starts_with("GET\n"), "{}", text);
    }

    #[test]
    fn fault_117_whatever_a_query_says_is_what_was_meant_and_signed(
        disposition in "[^\\p{Cc}]{0,20}",
        name in "[^\\p{Cc}]{1,20}",
        container in "[a-z0-9-]{3,10}",
        seconds in 1u64..253_402_300_800,
    ) {
        let grant = Grant { expiry: Some(at(seconds)), ..reading() };
        let response = ResponseHeaders { content_disposition: Some(&disposition), ..<_>::default() };
        let resource = Resource::Blob(&name);
        let sas = ServiceSas { grant, container: &container, resource, identifier: None, response };
        let query = sas.sign(&key()).unwrap();
        let query = query.expose();
        prop_assert!(query.bytes().all(|it| it.is_ascii_alphanumeric() || b"-._~%=&".contains(&it)));
        prop_assert_eq!(parameter(query, "rscd").unwrap_or_default(), disposition.clone());
        // A service reads the query and signs it again.
        let read = |name| parameter(query, name).unwrap_or_default();
        let text = format!(
            "{}\n\n{}\n/blob/{ACCOUNT}/{container}/{name}\n\n\n\n{}\n{}\n\n\n\n{}\n\n\n",
            read("sp"), read("se"), read("sv"), read("sr"), read("rscd"),
        );
        let tag = storage_http::decode_percent(query.rsplit_once("sig=").unwrap().1).unwrap();
        let tag = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, &tag).unwrap();
        prop_assert!(hmac::verify(&key().key, text.as_bytes(), &tag).is_ok(), "{}", text);
        prop_assert_eq!(read("se").len(), 20);
    }
}
