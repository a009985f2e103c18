#include "conformance/runner.hpp"

#include "conformance/comparison.hpp"
#include "conformance/json_field.hpp"
#include "conformance/record.hpp"
#include "host_abi/transaction_commitment.hpp"

#include <algorithm>
#include <random>
#include <stdexcept>
#include <utility>

namespace detent::conformance {

namespace {

/// Faults and plans that make no sense; the text names the step.
class StepError : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

template <class T>
T value_of_step(Result<T> result) {
    if (!result.has_value()) throw StepError(std::string(to_text(result.assume_error().code)));
    return std::move(result.assume_value());
}

void check_step(const Status& status) {
    if (!status.has_value()) throw StepError(std::string(to_text(status.assume_error().code)));
}

/// Everything that the steps of one vector run on.
struct Stage {
    const Schedule& schedule;
    const Profile& profile;
    Codes codes;
    State state;
    CodeCache cache;
    RunMode mode;
    std::mt19937_64 random;
    TierCounts counts{};
    std::uint64_t moves = 0;
    /// Of the transaction that runs, where commitments are made.
    std::optional<TransactionCommitter> committer{};
    std::size_t commitments = 0;
};

const Schedule& named_schedule(const Vector& vector) {
    const Schedule* schedule = schedule_of(vector);
    if (schedule == nullptr) throw FormatError("/schedule/id", "no schedule of that number is published");
    return *schedule;
}

const Profile& profile_of(const Vector& vector) {
    const Profile* profile = Profile::published(vector.profile.id);
    if (profile == nullptr) throw FormatError("/profile/id", "no profile of that number is published");
    return *profile;
}

Codes load_codes(const Vector& vector, const std::filesystem::path& root) {
    Codes codes;
    for (const auto& [name, source] : vector.code)
        codes.emplace(name, load_code(name, source, root));
    return codes;
}

void compare_head(Verdict& verdict, const Vector& vector, const Stage& stage) {
    const auto compare = [&](const char* field, const Hash& expected, const Hash& found) {
        assert_same(verdict, {std::nullopt, field, hex(expected.view()), hex(found.view())});
    };
    compare("profile.hash", vector.profile.hash, value_of_step(hash_of(stage.profile)));
    compare("schedule.hash", vector.schedule.hash, value_of_step(hash_of(stage.schedule)));
    verdict.assertions += vector.code.size(); // load_code has compared their hashes
}

TransactionInput input_of(const TransactionRequest& request, const Codes& codes) {
    TransactionInput input;
    input.from = request.from;
    input.value = request.value;
    input.input = request.input;
    input.fuel_limit = request.fuel_limit;
    if (const auto* call = std::get_if<CallRequest>(&request.kind)) {
        input.to = call->to;
        return input;
    }
    const auto& deploy = std::get<DeployRequest>(request.kind);
    input.kind = TransactionInput::Kind::deploy;
    input.code = codes.at(deploy.code);
    input.salt = deploy.salt;
    return input;
}

/// The plan of a step, taken entry by entry.
class Plan {
  public:
    explicit Plan(std::span<const Refuel> entries) : entries_(entries) {}

    [[nodiscard]] Fuel first_grant(Fuel limit) {
        if (entries_.empty() || entries_.front().kind != Refuel::Kind::grant) return limit;
        return std::min(take().amount, limit);
    }

    /// What a paused transaction may use next; nothing if there is nothing to give and it has to end.
    [[nodiscard]] std::optional<Fuel> next_grant(Transaction& transaction) {
        if (entries_.empty()) {
            if (transaction.grant() >= transaction.limit()) return std::nullopt;
            return transaction.limit();
        }
        const Refuel next = take();
        if (next.kind == Refuel::Kind::limit) raise_limit(transaction, next.amount);
        return std::min(next.amount, transaction.limit());
    }

  private:
    Refuel take() {
        const Refuel first = entries_.front();
        entries_ = entries_.subspan(1);
        return first;
    }

    static void raise_limit(Transaction& transaction, Fuel limit) {
        if (!transaction.at_limit() || limit <= transaction.limit()) {
            throw StepError("the plan raises a limit that was not reached, or lowers it");
        }
        check_step(transaction.raise_limit(limit));
    }

    std::span<const Refuel> entries_;
};

void count(const Transaction& transaction, Stage& stage) {
    if (transaction.execution() != nullptr) stage.counts += transaction.execution()->counts();
}

/// Has a transaction committed to from now on, behind what was committed to before.
void commit(const Transaction& transaction, Stage& stage) {
    if (!stage.mode.commit_every) return;
    TransactionCommitter next = value_of_step(TransactionCommitter::begin(transaction, *stage.mode.commit_every));
    if (stage.committer) {
        next.chain().go_on_from(stage.committer->chain().head());
        stage.commitments += stage.committer->chain().commitments().size();
    }
    stage.committer.emplace(std::move(next));
}

Progress run(Transaction& transaction, Stage& stage) {
    return value_of_step(stage.committer ? stage.committer->run(transaction) : transaction.run());
}

/// From one transaction to another with nothing but its bytes.
void move(Transaction& transaction, Stage& stage) {
    count(transaction, stage);
    const auto bytes = value_of_step(transaction.save());
    transaction =
        value_of_step(Transaction::load(stage.state, bytes.span(), stage.schedule, stage.profile, &stage.cache));
    transaction.use(stage.mode.tier, stage.mode.handover);
    commit(transaction, stage);
    ++stage.moves;
}

/// A slice of up to 256 Ki units, small ones as often as large ones.
Fuel random_slice(Stage& stage) {
    const std::uint64_t most = std::uint64_t{1} << (stage.random() % 19);
    return Fuel(1 + stage.random() % most);
}

/// Runs until it ends or has used the grant. What uses much goes the rest of the way in one go.
Progress run_to(Fuel grant, Transaction& transaction, Stage& stage) {
    constexpr int kMostMoves = 16;
    for (int i = 0; stage.mode.moves && i < kMostMoves; ++i) {
        move(transaction, stage);
        const Fuel next = std::min(grant, transaction.grant() + random_slice(stage));
        if (next > transaction.grant()) check_step(transaction.refuel(next));
        const Progress progress = run(transaction, stage);
        if (progress == Progress::ended || next == grant) return progress;
    }
    if (grant > transaction.grant()) check_step(transaction.refuel(grant));
    return run(transaction, stage);
}

/// One step on the stage's state; what it ended with.
Expectation run_step(const Step& step, Stage& stage) {
    std::vector<BlockHash> hashes;
    hashes.reserve(step.environment.block_hashes.size());
    for (const auto& [height, hash] : step.environment.block_hashes)
        hashes.push_back({height, hash});
    const Block block{step.environment.height, step.environment.time, step.environment.chain_id, hashes};
    const TransactionInput input = input_of(step.transaction, stage.codes);
    Plan plan(step.resume);
    Transaction transaction = value_of_step(
        Transaction::begin(stage.state, block, input, stage.schedule, stage.profile, Fuel(), &stage.cache));
    transaction.use(stage.mode.tier, stage.mode.handover);
    stage.committer.reset();
    stage.commitments = 0;
    commit(transaction, stage);
    std::optional<Fuel> grant = plan.first_grant(input.fuel_limit);
    while (grant && run_to(*grant, transaction, stage) == Progress::exhausted)
        grant = plan.next_grant(transaction);
    count(transaction, stage);
    const Receipt receipt = value_of_step(transaction.settle());
    return expectation_of(receipt, transaction.writes());
}

void run_steps(Verdict& verdict, const Vector& vector, Stage& stage) {
    for (std::size_t number = 0; number < vector.steps.size(); ++number) {
        try {
            const Expectation found = run_step(vector.steps[number], stage);
            verdict.receipts.push_back(found.receipt_hash);
            if (stage.committer) {
                const CommitmentChain& chain = stage.committer->chain();
                verdict.commitments.emplace_back(chain.head(), stage.commitments + chain.commitments().size());
            }
            compare(verdict, number, vector.steps[number].expected, found, kExpectedFields);
        } catch (const StepError& error) {
            verdict.error = "step " + std::to_string(number) + ": " + error.what();
            return;
        }
    }
}

/// `run` makes the verdict, or the replay; what it throws becomes its error.
template <class Made, class Run>
void guarded(Made& made, Run run) {
    try {
        run();
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const std::exception& error) {
        made.error = error.what();
    }
}

} // namespace

Verdict run_vector(const Vector& vector, const std::filesystem::path& root, const RunMode& mode) {
    Verdict verdict;
    verdict.name = vector.name;
    guarded(verdict, [&] {
        Codes codes = load_codes(vector, root);
        State state = make_state(vector.pre, codes);
        Stage stage{named_schedule(vector),
                    profile_of(vector),
                    std::move(codes),
                    std::move(state),
                    CodeCache(),
                    mode,
                    std::mt19937_64(mode.moves.value_or(0))};
        compare_head(verdict, vector, stage);
        run_steps(verdict, vector, stage);
        verdict.counts = stage.counts;
        verdict.moves = stage.moves;
    });
    if (verdict.error.empty() && verdict.assertions == 0) verdict.error = "nothing was asserted";
    return verdict;
}

const Schedule* schedule_of(const Vector& vector) noexcept { return Schedule::published(vector.schedule.id); }

Replay replay(const Vector& vector, const std::filesystem::path& root, const Schedule& schedule, const RunMode& mode) {
    Replay replay;
    guarded(replay, [&] {
        Codes codes = load_codes(vector, root);
        State state = make_state(vector.pre, codes);
        Stage stage{schedule,
                    profile_of(vector),
                    std::move(codes),
                    std::move(state),
                    CodeCache(),
                    mode,
                    std::mt19937_64(mode.moves.value_or(0))};
        for (const Step& step : vector.steps)
            replay.steps.push_back(run_step(step, stage));
    });
    return replay;
}

Verdict run_vector_file(const std::filesystem::path& path, const RunMode& mode) {
    Verdict verdict;
    guarded(verdict, [&] {
        const std::filesystem::path vectors = std::filesystem::absolute(path).parent_path().parent_path();
        verdict = run_vector(read_vector(path), vectors.parent_path(), mode);
    });
    verdict.path = path;
    verdict.name = case_name(path);
    return verdict;
}

} // namespace detent::conformance
