namespace Kontinue.Cli.Output;

/// <summary>How results are printed: the values of <c>-o</c>.</summary>
internal enum OutputForm
{
    /// <summary>Columns for people.</summary>
    Table,

    /// <summary>More columns.</summary>
    Wide,

    /// <summary>The object as the API has it.</summary>
    Json,

    /// <summary>The same as YAML.</summary>
    Yaml,

    /// <summary><c>execution/name</c>, for other commands.</summary>
    Name,

    /// <summary>An execution with what it started below it.</summary>
    Tree,

    /// <summary>A line of JSON for each part.</summary>
    Lines,
}
