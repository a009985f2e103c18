#include "engine/exec/execution.hpp"

#include "engine/exec/machine.hpp"
#include "engine/runtime/reference.hpp"

#include <new>

namespace detent {

std::string_view to_text(Ending ending) noexcept {
    switch (ending) {
    case Ending::returned: return "returned";
    case Ending::trapped: return "trapped";
    case Ending::exhausted: return "exhausted";
    case Ending::waiting: return "waiting";
    }
    return "unknown";
}

Memory* HostCall::memory() const noexcept {
    if (!caller) return nullptr;
    const Instance& instance = store.instance(*caller);
    return instance.memories.empty() ? nullptr : &store.memory(instance.memories[0]);
}

namespace {

/// Whether a value is of a parameter's type. A reference is asked for what it refers to; only null has no other type
/// than the one that it comes with.
bool fits(const Store& store, const Value& value, ValType parameter, const TypeSpace& types) noexcept {
    if (!value.type.is_reference() || !parameter.is_reference()) return value.type == parameter;
    const HeapType stated = value.type.heap();
    if (!stated.is_index() && top_of(stated, types) != top_of(parameter.heap(), types)) return false;
    const Ref ref(value.low);
    return is_live(store, ref) && is_of(store, ref, parameter, types);
}

/// The arguments as words, if they fit the parameters.
Result<Buffer<std::uint64_t>> words_from(std::span<const Value> arguments, const Store& store,
                                         const Function& function) noexcept {
    const std::span<const ValType> parameters = function.type.parameters;
    if (arguments.size() != parameters.size()) return Error{ErrorCode::wrong_arguments};
    Buffer<std::uint64_t> words = Machine::spare_words();
    for (std::uint32_t i = 0; i < arguments.size(); ++i) {
        if (!fits(store, arguments[i], parameters[i], store.types_of(function))) {
            return Error{ErrorCode::wrong_arguments, 0, i};
        }
        if (!words.push_back(arguments[i].low)) return kOutOfMemory;
        if (words_of(arguments[i].type) == 2 && !words.push_back(arguments[i].high)) return kOutOfMemory;
    }
    return words;
}

} // namespace

Execution::Execution(std::unique_ptr<Machine> machine) noexcept : machine_(std::move(machine)) {}
Execution::Execution(Execution&&) noexcept = default;
Execution& Execution::operator=(Execution&&) noexcept = default;
Execution::~Execution() = default;

void Execution::use(Tier tier, Handover handover) noexcept { machine_->use(tier, handover); }
void Execution::count_classes(ClassFuel& fuel) noexcept { machine_->count_classes(fuel); }
void Execution::observe(StepObserver& observer) noexcept { machine_->observe(observer); }
const TierCounts& Execution::counts() const noexcept { return machine_->counts(); }

Result<Execution> Execution::enter(Store& store, EntryRequest&& request, const Schedule& schedule, Fuel limit,
                                   Fuel grant) noexcept {
    std::unique_ptr<Machine> machine(new (std::nothrow) Machine(store, schedule, limit, grant));
    if (machine == nullptr) return kOutOfMemory;
    DETENT_CHECK(machine->begin(std::move(request)));
    return Execution(std::move(machine));
}

Result<Execution> Execution::instantiate(Store& store, std::shared_ptr<const Code> code,
                                         std::span<const ExternVal> imports, const Schedule& schedule, Fuel limit,
                                         Fuel grant) noexcept {
    EntryRequest request;
    request.code = std::move(code);
    if (!request.imports.copy_from(imports)) return kOutOfMemory;
    return enter(store, std::move(request), schedule, limit, grant);
}

Result<Execution> Execution::invoke(Store& store, FuncAddr function, std::span<const Value> arguments,
                                    const Schedule& schedule, Fuel limit, Fuel grant) noexcept {
    EntryRequest request;
    request.function = function;
    DETENT_TRY(Buffer<std::uint64_t> words, words_from(arguments, store, store.function(function)));
    request.arguments = std::move(words);
    return enter(store, std::move(request), schedule, limit, grant);
}

Result<Ending> Execution::run() noexcept { return machine_->run(); }
Result<Ending> Execution::run_to(Fuel mark) noexcept { return machine_->run_to(mark.units()); }

Status Execution::refuel(Fuel grant) noexcept { return machine_->refuel(grant); }
Status Execution::raise_limit(Fuel limit) noexcept { return machine_->raise_limit(limit); }
Fuel Execution::used() const noexcept { return machine_->meter().used(); }
Fuel Execution::limit() const noexcept { return machine_->limit(); }
Fuel Execution::grant() const noexcept { return machine_->meter().grant(); }
bool Execution::at_limit() const noexcept { return machine_->at_limit(); }
Trap Execution::trap() const noexcept { return machine_->last_trap(); }
std::span<const std::uint64_t> Execution::result_words() const noexcept { return machine_->result_words(); }
std::size_t Execution::result_count() const noexcept { return machine_->result_type().results.size(); }
std::optional<InstanceAddr> Execution::instance() const noexcept { return machine_->made_instance(); }

Value Execution::result(std::size_t index) const noexcept {
    const std::span<const ValType> types = machine_->result_type().results;
    const std::span<const std::uint64_t> words = result_words().subspan(words_of(types.first(index)));
    return {types[index], words[0], words_of(types[index]) == 2 ? words[1] : 0};
}

} // namespace detent
