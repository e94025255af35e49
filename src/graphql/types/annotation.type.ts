import { Field, ID, Int, InterfaceType, ObjectType } from 'type-graphql';
import { JsonScalar } from '../scalars.js';

const NAMES: Record<string, string> = { url_citation: 'UrlCitation', file_citation: 'FileCitation' };

@InterfaceType('Annotation', {
  description: 'What a stretch of output text refers to.',
  resolveType: ({ type }: { type: string }) => NAMES[type] ?? 'OtherAnnotation',
})
export abstract class AnnotationType {
  @Field(() => String, { description: 'The API’s own name of this kind, such as `url_citation`.' })
  type!: string;
}

@ObjectType('UrlCitation', { implements: AnnotationType, description: 'A web page the text relies on.' })
class UrlCitationType extends AnnotationType {
  @Field(() => String, { description: 'Address of the page.' })
  url!: string;

  @Field(() => String, { nullable: true, description: 'Title of the page.' })
  title!: string | null;

  @Field(() => Int, { name: 'startIndex', nullable: true, description: 'First character of the text this is about.' })
  start_index!: number | null;

  @Field(() => Int, {
    name: 'endIndex',
    nullable: true,
    description: 'The character after the last one this is about.',
  })
  end_index!: number | null;
}

@ObjectType('FileCitation', { implements: AnnotationType, description: 'A file the text relies on.' })
class FileCitationType extends AnnotationType {
  @Field(() => ID, { name: 'fileId', description: 'Id of the file.' })
  file_id!: string;

  @Field(() => String, { nullable: true, description: 'Name of the file.' })
  filename!: string | null;

  @Field(() => Int, { nullable: true, description: 'Character of the text where the citation stands.' })
  index!: number | null;
}

@ObjectType('OtherAnnotation', {
  implements: AnnotationType,
  description: 'An annotation of a kind this version does not know.',
})
export class OtherAnnotationType extends AnnotationType {
  @Field(() => JsonScalar, { description: 'The annotation as it came.' })
  json!: unknown;
}

/** All kinds: the schema's builder does not see those that only the members of other interfaces refer to. */
export const annotationTypes = [UrlCitationType, FileCitationType, OtherAnnotationType] as const;
