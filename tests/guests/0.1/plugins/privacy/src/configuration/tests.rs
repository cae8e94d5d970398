use super::*;

fn read(text: &str) -> Result<Profiles, Refusal> {
    Profiles::configure(&[file("privacy.toml", text)])
}

fn file(path: &str, text: &str) -> ConfigurationFile {
    ConfigurationFile { path: path.into(), contents: text.into() }
}

#[test]
fn no_file_is_the_strictest_profile() {
    let (profiles, configured) = Profiles::describe(&[]).unwrap();
    assert_eq!(profiles, Profiles::strict());
    assert_eq!(read("").unwrap(), Profiles::strict());
    assert_eq!(read("[cardholder]\n[merchant]\nprofile = \"strict\"").unwrap(), Profiles::strict());
    assert_eq!(configured[0].name, "cardholder:strict");
    assert_eq!(configured[0].line, 0);
}

#[test]
fn each_party_is_described_with_its_line() {
    let text = "# ours\n\n[cardholder]\nprofile = \"toolkit-4-4\"\n\n[merchant]\n";
    let (_, configured) = Profiles::describe(&[file("privacy.toml", text)]).unwrap();
    let found: Vec<_> =
        configured.iter().map(|one| (one.name.as_str(), one.file.as_str(), one.line)).collect();
    assert_eq!(
        found,
        [("cardholder:toolkit-4-4", "privacy.toml", 3), ("merchant:strict", "privacy.toml", 6)]
    );
}

#[test]
fn a_field_is_overridden() {
    let profiles =
        read("[cardholder]\ncardholder-phone = { keep-last = 4, mask = \"x\" }\n").unwrap();
    assert_eq!(
        profiles.of(Party::Cardholder).treatment(Field::CardholderPhone),
        Treatment::Keep { first: 0, last: 4, mask: 'x' }
    );
}

#[test]
fn a_mistake_is_refused_with_its_line() {
    for (text, line, detail) in [
        ("[cardholder", 1, "unclosed table, expected `]`"),
        ("\n[acquirer]\n", 2, "unknown party \"acquirer\", expected cardholder, merchant"),
        ("profile = \"strict\"", 1, "unknown party \"profile\""),
        ("cardholder = 1", 1, "cardholder: expected a section [cardholder]"),
        ("[cardholder]\nprofile = \"lax\"", 2, "unknown profile \"lax\", expected strict, alipay"),
        ("[cardholder]\nprofile = 1", 2, "profile: expected a string, found integer"),
        (
            "[cardholder]\n\ncardholder-phon = \"drop\"",
            3,
            "unknown field \"cardholder-phon\"; known are profile, card, ",
        ),
        (
            "[cardholder]\ncardholder-phone = \"show\"",
            2,
            "cardholder-phone: \"show\" is not allowed for the cardholder, expected \"drop\", \
             { keep-first = N, keep-last = N }",
        ),
        ("[cardholder]\ncardholder-email = \"hide\"", 2, "unknown treatment \"hide\""),
        ("[cardholder]\ncardholder-phone = { keep-frist = 3 }", 2, "unknown key \"keep-frist\""),
        ("[cardholder]\ncardholder-phone = { keep-first = 9 }", 2, "keep-first: expected 0 to 8"),
        ("[cardholder]\ncardholder-phone = { keep-first = -1 }", 2, "expected 0 to 8"),
        ("[cardholder]\ncardholder-phone = { keep-first = 0 }", 2, "keeps nothing"),
        (
            "[cardholder]\ncardholder-phone = { keep-first = 3, mask = \"0\" }",
            2,
            "mask: expected *, #, x or X",
        ),
        ("[cardholder]\ncard = \"last-5\"", 2, "card: expected \"last-4\", \"bin-and-last-4\""),
        ("[cardholder]\nfee = \"drop\"\nfee = \"show\"", 3, "duplicate key"),
        (
            "[merchant]\nbalance = \"show\"",
            2,
            "balance: \"show\" is not allowed for the merchant, expected \"drop\"",
        ),
        ("[merchant]\ncardholder-name = \"show\"", 2, "expected \"drop\", \"surname\""),
        ("[merchant]\ncounterparty = \"show\"", 2, "is not allowed for the merchant"),
    ] {
        let refusal = read(text).unwrap_err();
        assert_eq!(refusal.file, "privacy.toml");
        assert!(refusal.detail.contains(detail), "{text}: {}", refusal.detail);
        assert_eq!(refusal.line, line, "{text}");
    }
}

#[test]
fn parties_that_see_different_digits_are_refused() {
    for (text, line) in [
        ("[cardholder]\ncard = \"bin-and-last-4\"", 2),
        ("[cardholder]\nprofile = \"alipay\"\n[merchant]\nprofile = \"strict\"", 4),
        ("[merchant]\nprofile = \"toolkit-6-4\"\n[cardholder]", 2),
    ] {
        let refusal = read(text).unwrap_err();
        assert!(refusal.detail.starts_with("card: the parties see different digits"), "{text}");
        assert_eq!(refusal.line, line, "{text}");
    }
    assert!(read("[cardholder]\nprofile = \"alipay\"\ncard = \"last-4\"").is_ok());
    assert!(
        read("[cardholder]\nprofile = \"alipay\"\n[merchant]\ncard = \"bin-and-last-4\"").is_ok()
    );
}

#[test]
fn a_wrong_file_is_refused() {
    let good = file("a.toml", "");
    let second = [good.clone(), file("b.toml", "")];
    assert_eq!(
        Profiles::configure(&second).unwrap_err().detail,
        "is a second .toml file beside a.toml"
    );
    assert_eq!(
        Profiles::configure(&[file("a.txt", "")]).unwrap_err().detail,
        "is not a .toml file"
    );
    let binary = ConfigurationFile { path: "a.toml".into(), contents: vec![0xff] };
    assert_eq!(Profiles::configure(&[binary]).unwrap_err().detail, "is not UTF-8");
    let large =
        ConfigurationFile { path: "a.toml".into(), contents: vec![b'#'; FILE_BYTES_MAX + 1] };
    assert_eq!(Profiles::configure(&[large]).unwrap_err().detail, "is larger than 65536 bytes");
}

#[test]
fn the_example_banks_files_are_accepted() {
    for (text, balance) in [
        (include_str!("../../../../examples/banks/harbour/privacy.toml"), Treatment::Drop),
        (include_str!("../../../../examples/banks/meridian/privacy.toml"), Treatment::Show),
        (include_str!("../../../../examples/banks/kite/privacy.toml"), Treatment::Drop),
    ] {
        let profiles = read(text).unwrap();
        assert_eq!(profiles.of(Party::Cardholder).treatment(Field::Balance), balance);
    }
}
