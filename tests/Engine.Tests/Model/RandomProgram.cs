namespace Kontinue.Engine.Tests.Model;

internal enum OpKind
{
    Step,
    Retried,
    Caught,
    Sleep,
    Child,
    Event,
    Parallel,
    Race,
    FailOnce,
}

internal sealed record Op(OpKind Kind, int Id, int Value, Op[] Parts);

/// <summary>What a random program is made from: the same seed is the same program.</summary>
internal sealed record ProgramSeed(int Seed, int Depth);

/// <summary>Makes programs, and knows their results without running them.</summary>
internal static class RandomProgram
{
    private const int MaxDepth = 2;

    public static Op[] Make(ProgramSeed program)
    {
        var random = new Random(program.Seed);
        int ids = 0;
        return [.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => MakeOp(random, program.Depth, ref ids, nested: false))];
    }

    public static long Expect(ProgramSeed program) =>
        Make(program).Aggregate((long)program.Seed, (sum, op) => Mix(sum, Expect(op, program.Depth)));

    public static int CountEvents(ProgramSeed program) => Make(program).Sum(CountEvents);

    public static long Mix(long sum, long value) => unchecked((sum * 31) + value);

    private static int CountEvents(Op op) => (op.Kind == OpKind.Event ? 1 : 0) + op.Parts.Sum(CountEvents);

    private static long Expect(Op op, int depth) => op.Kind switch
    {
        OpKind.Sleep or OpKind.Event or OpKind.FailOnce => 1,
        OpKind.Child => Expect(new ProgramSeed(op.Value, depth + 1)),
        OpKind.Parallel or OpKind.Race => op.Parts.Sum(part => Expect(part, depth)),
        _ => op.Value,
    };

    private static Op MakeOp(Random random, int depth, ref int ids, bool nested)
    {
        int id = ids++;
        int value = random.Next(1000);
        OpKind kind = (OpKind)random.Next(nested ? (int)OpKind.Event : (int)OpKind.FailOnce + 1);
        if ((kind == OpKind.Child && depth == MaxDepth) || (kind == OpKind.Event && depth > 0))
        {
            kind = OpKind.Step;
        }

        var parts = new List<Op>();
        for (int i = kind is OpKind.Parallel or OpKind.Race ? random.Next(2, 5) : 0; i > 0; i--)
        {
            parts.Add(MakeOp(random, depth, ref ids, nested: true));
        }

        return new Op(kind, id, value, [.. parts]);
    }
}
