#include "host_abi/host_table.hpp"
#include "host_abi/transaction_run.hpp"

#include <new>

namespace detent {

Status Transaction::Run::prepare() noexcept {
    store_.reset(new (std::nothrow) Store(profile_.limits()));
    if (store_ == nullptr) return kOutOfMemory;
    return linker_.register_in(*store_, host_);
}

/// ABI-50: base and amount of `call` or `create`, without the instruction.
Fuel Transaction::Run::price() const noexcept {
    const HostFunctionRow& paid = row(is_call() ? HostFunction::call : HostFunction::create);
    const std::uint64_t own = is_call() ? Address::kSize : input_.code.size();
    return schedule_.base(paid.work_class) + schedule_.amount(paid.unit, own + input_.input.size());
}

Fuel Transaction::Run::used() const noexcept {
    if (!is_paid_) return Fuel();
    return execution_ ? price_ + execution_->used() : price_;
}

Result<Progress> Transaction::Run::pause(bool at_limit) noexcept {
    at_limit_ = at_limit;
    return Progress::exhausted;
}

Result<Progress> Transaction::Run::run_to(Fuel mark) noexcept {
    if (fault_) return *fault_;
    if (!is_suspended()) return Error{ErrorCode::not_suspended};
    // Nothing more is paid once the mark is reached.
    const Fuel payable = mark == Fuel() ? Fuel() : grant_;
    if (!is_paid_ && price_ > payable) return pause(price_ > limit_);
    const Status opened = is_paid_ ? ok() : open();
    Result<Progress> progress = opened.has_error() ? Result<Progress>(opened.error()) : run_guest(mark);
    if (progress.has_error()) fault_ = progress.error();
    return progress;
}

Result<Opened> Transaction::Run::open_contract() noexcept {
    if (is_call()) return contracts_.call({input_.to, input_.value, input_.input, 0});
    return contracts_.create({input_.code, input_.salt, input_.value, input_.input});
}

/// Pays, and makes the execution unless the transaction is over already.
Status Transaction::Run::open() noexcept {
    is_paid_ = true;
    DETENT_TRY(Opened opened, open_contract());
    if (!opened.entry) {
        outcome_ = opened.outcome;
        return ok();
    }
    DETENT_TRY(Execution execution,
               Execution::enter(*store_, std::move(*opened.entry), schedule_, limit_ - price_, grant_ - price_));
    take_over(std::move(execution));
    return ok();
}

void Transaction::Run::take_over(Execution&& execution) noexcept {
    execution_.emplace(std::move(execution));
    execution_->use(tier_, handover_);
    if (observer_ != nullptr) execution_->observe(*observer_);
}

Result<Progress> Transaction::Run::run_guest(Fuel mark) noexcept {
    if (outcome_) return Progress::ended;
    DETENT_TRY(const Ending ending, execution_->run_to(mark > price_ ? mark - price_ : Fuel()));
    switch (ending) {
    case Ending::returned: close({EntryResult::End::returned, {}, {}}); return Progress::ended;
    case Ending::trapped: close({EntryResult::End::trapped, execution_->trap(), {}}); return Progress::ended;
    case Ending::exhausted: return pause(execution_->at_limit());
    case Ending::waiting: break;
    }
    return Error{ErrorCode::host_failed};
}

void Transaction::Run::close(const EntryResult& result) noexcept {
    Closed closed = contracts_.close(result);
    outcome_ = closed.outcome;
    output_ = std::move(closed.output);
    created_ = closed.created;
}

Status Transaction::Run::refuel(Fuel grant) noexcept {
    if (grant < grant_ || grant > limit_) return Error{ErrorCode::fuel_would_fall};
    if (execution_) DETENT_CHECK(execution_->refuel(grant - price_));
    grant_ = grant;
    return ok();
}

Status Transaction::Run::raise_limit(Fuel limit) noexcept {
    if (limit < limit_) return Error{ErrorCode::fuel_would_fall};
    if (execution_) DETENT_CHECK(execution_->raise_limit(limit - price_));
    limit_ = limit;
    at_limit_ = false;
    return ok();
}

Result<Receipt> Transaction::Run::settle() noexcept {
    if (fault_) return *fault_;
    if (is_settled_ || (!outcome_ && !at_limit_)) return Error{ErrorCode::not_suspended};
    Result<Receipt> receipt = make_receipt();
    if (receipt.has_error()) fault_ = receipt.error();
    is_settled_ = true;
    return receipt;
}

/// Everything that can fail comes before the state changes.
Result<Receipt> Transaction::Run::make_receipt() noexcept {
    if (state_.root() != root_before_) return Error{ErrorCode::host_failed};
    Receipt receipt;
    receipt.outcome = outcome_.value_or(Outcome::OutOfFuel);
    receipt.fuel_used = used();
    receipt.post_root = root_before_;
    DETENT_TRY(receipt.schedule_hash, hash_of(schedule_));
    DETENT_TRY(receipt.profile_hash, hash_of(profile_));
    std::optional<State> next;
    if (receipt.outcome == Outcome::Success) DETENT_CHECK(succeed(receipt, next));
    DETENT_TRY(receipt.change_root, change_root(writes_.span()));
    receipt.output = std::move(output_);
    if (next) state_ = std::move(*next);
    return receipt;
}

/// ABI-60: the output of a successful deployment is the new address.
Status Transaction::Run::succeed(Receipt& receipt, std::optional<State>& next) noexcept {
    if (created_ && !output_.copy_from(created_->view())) return kOutOfMemory;
    DETENT_TRY(writes_, journal_.writes(state_));
    DETENT_TRY(next, journal_.successor(state_, writes_.span()));
    receipt.post_root = next->root();
    receipt.events = journal_.take_events();
    return ok();
}

Transaction::Transaction(std::unique_ptr<Run> run) noexcept : run_(std::move(run)) {}
Transaction::Transaction(Transaction&&) noexcept = default;
Transaction& Transaction::operator=(Transaction&&) noexcept = default;
Transaction::~Transaction() = default;

Result<Transaction> Transaction::begin(State& state, const Block& block, const TransactionInput& input,
                                       const Schedule& schedule, const Profile& profile, Fuel grant,
                                       CodeCache* cache) noexcept {
    std::unique_ptr<Run> run(new (std::nothrow) Run(state, block, input, schedule, profile, grant, cache));
    if (run == nullptr) return kOutOfMemory;
    DETENT_CHECK(run->prepare());
    return Transaction(std::move(run));
}

void Transaction::use(Tier tier, Handover handover) noexcept { run_->use(tier, handover); }
void Transaction::observe(StepObserver& observer) noexcept { run_->observe(observer); }
Result<Progress> Transaction::run() noexcept { return run_->run_to(Fuel::maximum()); }
Result<Progress> Transaction::run_to(Fuel mark) noexcept { return run_->run_to(mark); }
Status Transaction::refuel(Fuel grant) noexcept { return run_->refuel(grant); }
Status Transaction::raise_limit(Fuel limit) noexcept { return run_->raise_limit(limit); }
Fuel Transaction::used() const noexcept { return run_->used(); }
Fuel Transaction::limit() const noexcept { return run_->limit(); }
Fuel Transaction::grant() const noexcept { return run_->grant(); }
bool Transaction::at_limit() const noexcept { return run_->at_limit(); }
Result<Receipt> Transaction::settle() noexcept { return run_->settle(); }
std::span<const Write> Transaction::writes() const noexcept { return run_->writes(); }
const Execution* Transaction::execution() const noexcept { return run_->execution(); }
std::span<const ContractFrame> Transaction::contracts() const noexcept { return run_->contracts(); }
const TransactionInput& Transaction::input() const noexcept { return run_->input(); }
const Block& Transaction::block() const noexcept { return run_->block(); }
Result<Bytes> Transaction::save() const noexcept { return run_->save(); }

Result<Receipt> execute(State& state, const Block& block, const TransactionInput& input, const Schedule& schedule,
                        const Profile& profile, CodeCache* cache) noexcept {
    DETENT_TRY(Transaction transaction,
               Transaction::begin(state, block, input, schedule, profile, input.fuel_limit, cache));
    DETENT_CHECK(transaction.run());
    return transaction.settle();
}

} // namespace detent
