//! Applies a profile: one transaction's fields become one party's view.

use crate::treatment::shown;
use crate::{
    Card, Establishment, Field, Party, Person, Profile, Profiles, Sensitive, ShownCard, Treatment,
    Truncation, View,
};

/// How far into an address the name of its city is looked for, in characters.
const CITY_CHARACTERS_MAX: usize = 12;

impl Profiles {
    /// Makes the view of one party. Event and money are handed on unchanged;
    /// strings are moved, not copied, where they are shown whole.
    pub fn mask<E, M>(&self, party: Party, sensitive: Sensitive<E, M>) -> View<E, M> {
        let profile = self.of(party);
        let of = |field| profile.treatment(field);
        let Sensitive { event, fee, balance, card, cardholder, merchant, counterparty, .. } =
            sensitive;
        let Person { name, phone, email, id_number, account } = cardholder;
        let address = address(of(Field::MerchantAddress), merchant.address, &merchant.city);
        let Establishment { city, country, phone: merchant_phone, merchant_id, .. } = merchant;
        View {
            party,
            event,
            fee: fee.filter(|_| of(Field::Fee) == Treatment::Show),
            balance: balance.filter(|_| of(Field::Balance) == Treatment::Show),
            card: shown_card(profile, card),
            cardholder_name: of(Field::CardholderName).text(name),
            cardholder_phone: of(Field::CardholderPhone).phone(phone),
            cardholder_email: of(Field::CardholderEmail).text(email),
            cardholder_id_number: of(Field::CardholderIdNumber).number(id_number),
            cardholder_account: of(Field::CardholderAccount).number(account),
            merchant_name: of(Field::MerchantName).text(Some(merchant.name)),
            merchant_city: of(Field::MerchantCity).text(Some(city)),
            merchant_country: of(Field::MerchantCountry).text(Some(country)),
            merchant_address: address,
            merchant_phone: of(Field::MerchantPhone).phone(merchant_phone),
            merchant_id: of(Field::MerchantId).code(merchant_id),
            terminal_id: of(Field::TerminalId).code(merchant.terminal_id),
            counterparty: of(Field::Counterparty).counterparty(counterparty),
            rrn: of(Field::Rrn).code(sensitive.rrn),
            stan: of(Field::Stan).code(sensitive.stan),
            authorisation_code: of(Field::AuthorisationCode).code(sensitive.authorisation_code),
        }
    }
}

fn shown_card(profile: &Profile, card: Card) -> ShownCard {
    let Card { bin, last4, brand, issuer } = card;
    let bin = (profile.card == Truncation::BinAndLast4 && bin != 0).then_some(bin);
    ShownCard { bin, last4, brand, issuer }
}

/// The address, or its city: the merchant's city where it is known, else a
/// Chinese address up to 市, 县 or 州 in its first 12 characters.
fn address(treatment: Treatment, address: Option<String>, city: &str) -> Option<String> {
    match treatment {
        Treatment::Show => shown(address?),
        Treatment::City if !city.is_empty() => {
            address?;
            shown(city.into())
        }
        Treatment::City => {
            let mut address = shown(address?)?;
            let (end, _) = address
                .char_indices()
                .take(CITY_CHARACTERS_MAX)
                .find(|(_, character)| "市县州縣".contains(*character))?;
            address.truncate(end + "市".len());
            Some(address)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ConfigurationFile;

    fn sensitive() -> Sensitive<&'static str, i64> {
        Sensitive {
            event: "the event",
            fee: Some(100),
            balance: Some(123_456),
            card: Card {
                bin: 621626,
                last4: 18,
                brand: "unionpay".into(),
                issuer: "海港银行".into(),
            },
            cardholder: Person {
                name: Some("欧阳娜娜".into()),
                phone: Some("+86 138 0013 8000".into()),
                email: Some("nana@mail.example".into()),
                id_number: Some("110101199003070011".into()),
                account: Some("1234567890123456".into()),
            },
            merchant: Establishment {
                name: "蓝瓶咖啡国贸店".into(),
                city: "北京".into(),
                country: "CN".into(),
                address: Some("北京市朝阳区建国路88号".into()),
                phone: Some("010-65051234".into()),
                merchant_id: "104110548991234".into(),
                terminal_id: "10000001".into(),
            },
            counterparty: Some("张三".into()),
            rrn: "432112345678".into(),
            stan: "123456".into(),
            authorisation_code: String::new(),
        }
    }

    fn profiles(text: &str) -> Profiles {
        let file = ConfigurationFile { path: "privacy.toml".into(), contents: text.into() };
        Profiles::configure(&[file]).unwrap()
    }

    #[test]
    fn the_strictest_view_of_a_cardholder() {
        let view = Profiles::strict().mask(Party::Cardholder, sensitive());
        let shown = |text: &str| Some(String::from(text));
        let card =
            ShownCard {
                bin: None, last4: 18, brand: "unionpay".into(), issuer: "海港银行".into()
            };
        let expected = View {
            party: Party::Cardholder,
            event: "the event",
            fee: Some(100),
            balance: None,
            card,
            cardholder_name: shown("欧阳*"),
            cardholder_phone: shown("138******00"),
            cardholder_email: shown("n***@mail.example"),
            cardholder_id_number: shown("1****************1"),
            cardholder_account: shown("************3456"),
            merchant_name: shown("蓝瓶咖啡国贸店"),
            merchant_city: shown("北京"),
            merchant_country: shown("CN"),
            merchant_address: shown("北京"),
            merchant_phone: shown("010******34"),
            merchant_id: shown("104110548991234"),
            terminal_id: shown("10000001"),
            counterparty: shown("张*"),
            rrn: shown("432112345678"),
            stan: shown("123456"),
            authorisation_code: None,
        };
        assert_eq!(view, expected);
    }

    #[test]
    fn a_merchant_sees_of_the_cardholder_the_last_four_digits() {
        let view = Profiles::strict().mask(Party::Merchant, sensitive());
        assert_eq!(view.card.last4, 18);
        assert_eq!(view.card.bin, None);
        assert_eq!(view.fee, None);
        assert_eq!(view.balance, None);
        for hidden in [
            view.cardholder_name,
            view.cardholder_phone,
            view.cardholder_email,
            view.cardholder_id_number,
            view.cardholder_account,
            view.counterparty,
        ] {
            assert_eq!(hidden, None);
        }
        assert_eq!(view.merchant_name.as_deref(), Some("蓝瓶咖啡国贸店"));
    }

    #[test]
    fn a_file_shows_more() {
        let profiles = profiles(
            "[cardholder]\nprofile = \"toolkit-6-4\"\nbalance = \"show\"\n\
             counterparty = \"show\"\nmerchant-address = \"show\"\nfee = \"drop\"\n\
             rrn = { keep-last = 4, mask = \"#\" }\n\
             [merchant]\ncard = \"bin-and-last-4\"\ncardholder-name = \"surname\"\n",
        );
        let view = profiles.mask(Party::Cardholder, sensitive());
        assert_eq!(view.card.bin, Some(621626));
        assert_eq!(view.balance, Some(123_456));
        assert_eq!(view.fee, None);
        assert_eq!(view.cardholder_phone.as_deref(), Some("138****8000"));
        assert_eq!(view.cardholder_id_number.as_deref(), Some("110************011"));
        assert_eq!(view.counterparty.as_deref(), Some("张三"));
        assert_eq!(view.merchant_address.as_deref(), Some("北京市朝阳区建国路88号"));
        assert_eq!(view.rrn.as_deref(), Some("########5678"));
        let view = profiles.mask(Party::Merchant, sensitive());
        assert_eq!(view.card.bin, Some(621626));
        assert_eq!(view.cardholder_name.as_deref(), Some("欧阳*"));
    }

    #[test]
    fn an_address_shows_its_city() {
        let city = |given: &str, city| address(Treatment::City, Some(given.into()), city);
        assert_eq!(city("1 Main Street", "Kuwait").as_deref(), Some("Kuwait"));
        assert_eq!(city("北京市朝阳区建国路88号", "").as_deref(), Some("北京市"));
        assert_eq!(city("1 Main Street", ""), None);
        assert_eq!(address(Treatment::City, None, "Kuwait"), None);
    }

    #[test]
    fn an_unknown_bin_is_absent() {
        let profiles =
            profiles("[cardholder]\nprofile = \"alipay\"\n[merchant]\nprofile = \"alipay\"\n");
        let mut unknown = sensitive();
        unknown.card.bin = 0;
        assert_eq!(profiles.mask(Party::Cardholder, unknown).card.bin, None);
    }
}
