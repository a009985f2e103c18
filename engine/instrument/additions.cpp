#include "engine/instrument/additions.hpp"

#include "engine/instrument/instrument.hpp"
#include "engine/instrument/pending.hpp"
#include "engine/instrument/priced.hpp"

#include <algorithm>
#include <array>

namespace detent::instrument {

namespace {

template <class Index>
std::uint32_t behind(const Buffer<Index>& own, const Definitions& added) noexcept {
    return static_cast<std::uint32_t>(own.size()) + added.count;
}

/// A limit of the call stack as an i32, with room for a sum.
std::uint32_t stack_limit(std::uint64_t limit) noexcept {
    constexpr std::uint64_t kMost = std::uint64_t{1} << 30;
    return static_cast<std::uint32_t>(std::min(limit, kMost));
}

} // namespace

Additions::Additions(const Code& code, const Schedule& schedule) : code_(code), schedule_(schedule) {
    globals_.fuel = global(kI64, Fuel::kMaximum);
    globals_.depth = global(kI32, 0);
    globals_.words = global(kI32, 0);
    globals_.ending = global(kI32, 0);
    globals_.call_base = global(kI64, 0);
    functions_.stop = stop();
    functions_.pay = pay();
    functions_.refund = refund();
    functions_.enter = enter();
    functions_.leave = leave();
}

std::uint32_t Additions::type(std::span<const ValType> parameters, std::span<const ValType> results) {
    Emitter bytes;
    bytes.byte(0x60);
    for (const std::span<const ValType> list : {parameters, results}) {
        bytes.unsigned_leb(list.size());
        for (const ValType type : list)
            bytes.type(type);
    }
    const auto [known, is_new] = known_types_.try_emplace(bytes.vector(), behind(code_.module().types, types_));
    if (is_new) types_.next().append(bytes.bytes());
    return known->second;
}

std::uint32_t Additions::function(std::uint32_t type, std::span<const ValType> locals, const Emitter& body) {
    const std::uint32_t index = behind(code_.module().functions, function_types_);
    function_types_.next().unsigned_leb(type);
    Emitter whole;
    whole.unsigned_leb(locals.size());
    for (const ValType local : locals) {
        whole.unsigned_leb(1);
        whole.type(local);
    }
    whole.append(body.bytes());
    whole.end();
    bodies_.next().counted(whole.bytes());
    return index;
}

std::uint32_t Additions::global(ValType type, std::uint64_t initial) {
    const std::uint32_t index = behind(code_.module().globals, global_definitions_);
    Emitter& out = global_definitions_.next();
    out.type(type);
    out.byte(1);
    if (type == kI64) {
        out.i64(initial);
    } else {
        out.i32(static_cast<std::uint32_t>(initial));
    }
    out.end();
    return index;
}

std::uint32_t Additions::priced(Op op, std::span<const std::uint8_t> bytes) {
    const Bytes key(bytes.begin(), bytes.end());
    if (const auto known = known_priced_.find(key); known != known_priced_.end()) return known->second;
    return known_priced_[key] = add_priced_function(*this, op, bytes);
}

std::uint32_t Additions::entry(FuncIdx function) {
    if (const auto known = known_entries_.find(number(function)); known != known_entries_.end()) return known->second;
    const std::uint64_t base = schedule_.base(WorkClass::call).units();
    Emitter body;
    Pending price;
    price.add(base);
    price.flush(*this, body);
    body.i64(base);
    body.op(Op::global_set, globals_.call_base);
    const auto parameters = static_cast<std::uint32_t>(code_.module().function_type(function).parameters.size());
    for (std::uint32_t i = 0; i < parameters; ++i)
        body.op(Op::local_get, i);
    body.op(Op::call, number(function));
    const std::uint32_t type = number(code_.module().functions[number(function)]);
    return known_entries_[number(function)] = this->function(type, {}, body);
}

/// An active segment is dropped when the module is instantiated, a declarative one too.
std::uint32_t Additions::data_length(std::uint32_t segment) {
    if (const auto known = known_data_.find(segment); known != known_data_.end()) return known->second;
    const DataSegment& data = code_.module().data[segment];
    return known_data_[segment] = global(kI64, data.active ? 0 : data.bytes.size());
}

std::uint32_t Additions::element_length(std::uint32_t segment) {
    if (const auto known = known_elements_.find(segment); known != known_elements_.end()) return known->second;
    const ElementSegment& elements = code_.module().elements[segment];
    const bool stays = elements.mode == ElementSegment::Mode::passive;
    return known_elements_[segment] = global(kI64, stays ? elements.count : 0);
}

void Additions::set_fuel_less_local(Emitter& out, std::uint32_t local) const {
    out.op(Op::global_get, globals_.fuel);
    out.op(Op::local_get, local);
    out.op(Op::i64_sub);
    out.op(Op::global_set, globals_.fuel);
}

std::uint32_t Additions::stop() {
    Emitter body;
    body.op(Op::local_get, 0);
    body.op(Op::global_set, globals_.ending);
    body.op(Op::unreachable);
    return function(type(std::array{kI32}, {}), {}, body);
}

/// What is left when a price is paid as often as there is fuel for it, is less than the price: the remainder of a
/// division.
std::uint32_t Additions::pay() {
    constexpr std::uint32_t kSum = 2;
    Emitter body;
    body.op(Op::local_get, 0);
    body.op(Op::local_get, 1);
    body.op(Op::i64_mul);
    body.op(Op::local_set, kSum);
    body.op(Op::global_get, globals_.fuel);
    body.op(Op::local_get, kSum);
    body.op(Op::i64_lt_u);
    body.block(Op::if_);
    body.op(Op::global_get, globals_.fuel);
    body.op(Op::local_get, 0);
    body.op(Op::i64_rem_u);
    body.op(Op::global_set, globals_.fuel);
    body.i32(static_cast<std::uint32_t>(OwnEnding::out_of_fuel));
    body.op(Op::call, functions_.stop);
    body.end();
    set_fuel_less_local(body, kSum);
    return function(type(std::array{kI64, kI64}, {}), std::array{kI64}, body);
}

std::uint32_t Additions::refund() {
    Emitter body;
    body.op(Op::global_get, globals_.fuel);
    body.op(Op::local_get, 0);
    body.op(Op::i64_add);
    body.op(Op::global_set, globals_.fuel);
    body.i32(static_cast<std::uint32_t>(OwnEnding::out_of_fuel));
    body.op(Op::call, functions_.stop);
    return function(type(std::array{kI64}, {}), {}, body);
}

/// In the order of MET-7. The caller has paid the base, and has said how much that was.
std::uint32_t Additions::enter() {
    const auto refuse = [this](Emitter& body, OwnEnding why) {
        body.block(Op::if_);
        body.i32(static_cast<std::uint32_t>(why));
        body.op(Op::call, functions_.stop);
        body.end();
    };
    Emitter body;
    body.op(Op::global_get, globals_.depth);
    body.i32(stack_limit(limit(Limit::call_depth)));
    body.op(Op::i32_ge_u);
    refuse(body, OwnEnding::call_depth);
    body.op(Op::global_get, globals_.words);
    body.op(Op::local_get, 0);
    body.op(Op::i32_add);
    body.i32(stack_limit(limit(Limit::stack_words)));
    body.op(Op::i32_gt_u);
    refuse(body, OwnEnding::stack_exhausted);
    body.op(Op::global_get, globals_.fuel);
    body.op(Op::local_get, 1);
    body.op(Op::i64_lt_u);
    body.block(Op::if_);
    body.op(Op::global_get, globals_.call_base);
    body.op(Op::call, functions_.refund);
    body.end();
    set_fuel_less_local(body, 1);
    for (const auto& [global, by_words] : {std::pair(globals_.depth, false), std::pair(globals_.words, true)}) {
        body.op(Op::global_get, global);
        if (by_words) body.op(Op::local_get, 0);
        if (!by_words) body.i32(1);
        body.op(Op::i32_add);
        body.op(Op::global_set, global);
    }
    return function(type(std::array{kI32, kI64}, {}), {}, body);
}

std::uint32_t Additions::leave() {
    Emitter body;
    body.op(Op::global_get, globals_.depth);
    body.i32(1);
    body.op(Op::i32_sub);
    body.op(Op::global_set, globals_.depth);
    body.op(Op::global_get, globals_.words);
    body.op(Op::local_get, 0);
    body.op(Op::i32_sub);
    body.op(Op::global_set, globals_.words);
    return function(type(std::array{kI32}, {}), {}, body);
}

} // namespace detent::instrument
