// The parts of a vector that other documents share, written and read: state files and the line protocol use them.
#pragma once

#include "conformance/json_field.hpp"
#include "conformance/json_writer.hpp"
#include "conformance/vector.hpp"

namespace detent::conformance {

[[nodiscard]] Accounts parse_accounts(const Field& field);
[[nodiscard]] std::vector<ExpectedEvent> parse_events(const Field& field);
[[nodiscard]] std::vector<ExpectedWrite> parse_writes(const Field& field);

void write(JsonWriter& out, const Accounts& accounts);
void write(JsonWriter& out, const NamedHash& named);
void write(JsonWriter& out, const Environment& environment);
void write(JsonWriter& out, const TransactionRequest& transaction);
void write(JsonWriter& out, const std::vector<Refuel>& resume);
void write(JsonWriter& out, const std::vector<ExpectedEvent>& events);
void write(JsonWriter& out, const std::vector<ExpectedWrite>& writes);
/// `hex` and `hash`.
void write_code(JsonWriter& out, const ByteString& code, const Hash& hash);

} // namespace detent::conformance
