#include "CIdentifiers.h"

#include <cstring>
#include <string>
#include <unicode/idna.h>
#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

namespace {

size_t copy(const std::string &text, uint8_t *to, size_t room) {
    if (text.size() > room) return 0;
    std::memcpy(to, text.data(), text.size());
    return text.size();
}

icu::UnicodeString unicode_of(const uint8_t *text, size_t length) {
    return icu::UnicodeString::fromUTF8(
        icu::StringPiece(reinterpret_cast<const char *>(text), static_cast<int32_t>(length)));
}

const icu::Normalizer2 &nfc() {
    UErrorCode error = U_ZERO_ERROR;
    return *icu::Normalizer2::getNFCInstance(error);
}

const icu::IDNA &idna() {
    static UErrorCode error = U_ZERO_ERROR;
    static icu::IDNA *instance = icu::IDNA::createUTS46Instance(
        UIDNA_USE_STD3_RULES | UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ | UIDNA_NONTRANSITIONAL_TO_ASCII
            | UIDNA_NONTRANSITIONAL_TO_UNICODE,
        error);
    return *instance;
}

bool is_joiner(UChar32 scalar) { return scalar == 0x200C || scalar == 0x200D; }

/// Names such as "r3---x" are in use, and UTS 46 lets each decide (CheckHyphens).
bool is_good(const icu::IDNAInfo &info, UErrorCode error) {
    return U_SUCCESS(error) && !(info.getErrors() & ~static_cast<uint32_t>(UIDNA_ERROR_HYPHEN_3_4));
}

bool is_ascii_double(UChar32 scalar) {
    icu::UnicodeString parts;
    return scalar >= 0x80 && nfc().getDecomposition(scalar, parts) && parts.length() == 1 && parts[0] < 0x80;
}

} // namespace

ci_kind ci_kind_of(uint32_t scalar) {
    UChar32 character = static_cast<UChar32>(scalar);
    if (u_isUWhiteSpace(character) || scalar == 0x2800) return ci_blank;
    if (u_hasBinaryProperty(character, UCHAR_DEFAULT_IGNORABLE_CODE_POINT)) return ci_ignored;
    switch (u_charType(character)) {
    case U_FORMAT_CHAR: return ci_ignored;
    case U_DASH_PUNCTUATION: return ci_dash;
    case U_CONTROL_CHAR:
    case U_UNASSIGNED:
    case U_PRIVATE_USE_CHAR:
    case U_SURROGATE: return ci_meaningless;
    default: break;
    }
    // The minus sign, and the long vowel mark that Japanese keyboards write for a dash.
    if (scalar == 0x2212 || scalar == 0x30FC) return ci_dash;
    return is_ascii_double(character) ? ci_ascii_double : ci_other;
}

int32_t ci_digit(uint32_t scalar) { return u_charDigitValue(static_cast<UChar32>(scalar)); }

size_t ci_lower(const uint8_t *text, size_t length, uint8_t *result, size_t room) {
    UErrorCode error = U_ZERO_ERROR;
    icu::UnicodeString word = unicode_of(text, length);
    word = nfc().normalize(nfc().normalize(word, error).toLower(icu::Locale::getRoot()), error);
    std::string lower;
    word.toUTF8String(lower);
    return U_SUCCESS(error) ? copy(lower, result, room) : 0;
}

size_t ci_domain(const uint8_t *text, size_t length, uint8_t *result, size_t room, size_t *ascii_length) {
    UErrorCode error = U_ZERO_ERROR;
    icu::IDNAInfo info;
    icu::UnicodeString written = unicode_of(text, length);
    icu::UnicodeString domain;
    idna().nameToUnicode(written, domain, info, error);
    if (!is_good(info, error)) return 0;
    // Punycode can spell the joiners that are not seen, and go where they are written: one domain in both forms.
    icu::UnicodeString seen;
    for (int32_t index = 0; index < domain.length(); index = domain.moveIndex32(index, 1))
        if (!is_joiner(domain.char32At(index))) seen.append(domain.char32At(index));
    if (seen != domain) {
        icu::IDNAInfo again;
        idna().nameToUnicode(seen, domain.remove(), again, error);
        if (!is_good(again, error)) return 0;
    }
    icu::UnicodeString ascii;
    icu::IDNAInfo sent;
    idna().nameToASCII(domain, ascii, sent, error);
    if (!is_good(sent, error)) return 0;
    *ascii_length = static_cast<size_t>(ascii.length());
    std::string utf8;
    domain.toUTF8String(utf8);
    return copy(utf8, result, room);
}

void ci_unicode_version(char version[20]) {
    UVersionInfo info;
    u_getVersion(info);
    u_versionToString(info, version);
}
